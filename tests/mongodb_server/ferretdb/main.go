// A MongoDB server for tests: FerretDB, embedded, before a PostgreSQL with the DocumentDB extension.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/v2/ferretdb"
)

func main() {
	config := ferretdb.Config{LogLevel: slog.LevelWarn, LogOutput: os.Stderr, Telemetry: new(bool)} // false: it calls nobody
	flag.StringVar(&config.ListenAddr, "listen", "127.0.0.1:27017", "where drivers connect to")
	flag.StringVar(&config.PostgreSQLURL, "postgres", "", "URL of the PostgreSQL behind it")
	flag.StringVar(&config.StateDir, "state", "", "folder for what it remembers")
	flag.Parse()

	server, err := ferretdb.New(&config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	untilTold, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	server.Run(untilTold)
}
