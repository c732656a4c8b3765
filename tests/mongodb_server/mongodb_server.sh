#!/usr/bin/env bash
# A real MongoDB-compatible server for the tests: FerretDB 2 before PostgreSQL 18 with DocumentDB, which Debian 12 does not
# package. It lives in a Debian sid of its own below the cache folder; nothing is installed on the host but debootstrap.
set -euo pipefail

cache=${TALLYGATE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tallygate}/mongodb_server
debian=$cache/sid
ferretdb=$cache/ferretdb
postgresql=/usr/lib/postgresql/18 # inside of $debian
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/ferretdb" && pwd)

usage() {
  cat <<'TEXT'
mongodb_server.sh install          once: a minute or two, 1 GB, as root
mongodb_server.sh is-installed     exit code 0 or 1
mongodb_server.sh start DIR PORT   prints its mongodb:// URL; PostgreSQL takes PORT+1. After a crash it recovers from its log
mongodb_server.sh crash DIR        kills FerretDB and ends PostgreSQL without a checkpoint
mongodb_server.sh stop DIR         ends both and removes their data
TEXT
}

fail() {
  printf 'mongodb_server: %s\n' "$*" >&2
  exit 1
}

is_installed() {
  [[ -x $ferretdb && -x $debian$postgresql/bin/postgres && -e $debian$postgresql/lib/pg_documentdb.so ]]
}

# The mirror that this machine takes its own packages from.
mirror() {
  {
    awk '/^URIs:/ {print $2}' /etc/apt/sources.list.d/*.sources 2>/dev/null || true
    awk '$1 == "deb" {for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) {print $i; break}}' /etc/apt/sources.list 2>/dev/null || true
  } | grep -v security | head -n 1
}

in_debian() {
  chroot "$debian" env DEBIAN_FRONTEND=noninteractive "$@"
}

install_debian() {
  local from
  [[ -e $debian$postgresql/lib/pg_documentdb.so ]] && return
  command -v debootstrap >/dev/null || apt-get -q -y install debootstrap || { apt-get -q update && apt-get -q -y install debootstrap; }
  from=$(mirror)
  [[ -n $from ]] || fail "no Debian mirror is named in /etc/apt; debootstrap needs one"
  rm -rf "$debian"
  debootstrap --variant=minbase sid "$debian" "$from"
  mount -t proc proc "$debian/proc" # the packages' scripts look into it
  trap 'umount "$debian/proc"' EXIT
  in_debian apt-get -q -y --no-install-recommends install postgresql-18-documentdb
  has_go || in_debian apt-get -q -y --no-install-recommends install golang-go ca-certificates
  in_debian apt-get clean
  umount "$debian/proc"
  trap - EXIT
}

has_go() {
  local version
  version=$(go env GOVERSION 2>/dev/null) || return 1
  [[ $(printf '%s\n' go1.25 "$version" | sort -V | head -n 1) == go1.25 ]]
}

build_ferretdb() {
  [[ -x $ferretdb ]] && return
  if has_go; then
    (cd "$sources" && go build -o "$ferretdb" .)
    return
  fi
  rm -rf "$debian/build" && cp -r "$sources" "$debian/build"
  # Addresses of a module proxy and certificates are those of the host.
  mkdir -p "$debian/etc/ssl/certs"
  cp /etc/ssl/certs/ca-certificates.crt "$debian/etc/ssl/certs/" 2>/dev/null || true
  cp /etc/resolv.conf /etc/hosts "$debian/etc/"
  in_debian env GOFLAGS=-buildvcs=false HOME=/build/home bash -c 'cd /build && go build -o /build/ferretdb .'
  mv "$debian/build/ferretdb" "$ferretdb"
  rm -rf "$debian/build"
}

install() {
  ((EUID == 0)) || fail "install needs root, for debootstrap"
  mkdir -p "$cache"
  install_debian
  build_ferretdb
}

# --- one server: DIR holds FerretDB's state, /srv/NAME of the sid PostgreSQL's data ---

postgres() {
  chroot --userspec=postgres:postgres "$debian" "$postgresql/bin/$1" "${@:2}"
}
data_of() {
  printf '/srv/%s' "$(basename "$1")"
}

make_cluster() {
  local data=$1 port=$2
  mkdir -p "$debian$data"
  chown --reference="$debian/var/lib/postgresql" "$debian$data"
  postgres initdb -D "$data" -U postgres -A trust --no-instructions >/dev/null
  cat >>"$debian$data/postgresql.conf" <<CONF
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
dynamic_shared_memory_type = mmap
shared_preload_libraries = 'pg_cron, pg_documentdb_core, pg_documentdb'
cron.database_name = 'postgres'
CONF
}

wait_for_port() {
  local tries=200
  until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    ((tries-- > 0)) || fail "nothing listens at port $1; see $2"
    sleep 0.1
  done
}

start() {
  local dir=$1 port=$2 data is_new=0
  is_installed || fail "it is not installed: $0 install"
  data=$(data_of "$dir")
  mkdir -p "$dir"
  if [[ ! -d $debian$data ]]; then
    is_new=1
    make_cluster "$data" $((port + 1))
  fi
  postgres pg_ctl -D "$data" -l "$data/log" -w -s start
  ((is_new == 0)) || postgres psql -q -h 127.0.0.1 -p $((port + 1)) -U postgres \
    -c 'SET client_min_messages = error; CREATE EXTENSION documentdb CASCADE'
  setsid "$ferretdb" -listen "127.0.0.1:$port" -postgres "postgres://postgres@127.0.0.1:$((port + 1))/postgres" \
    -state "$dir" >"$dir/ferretdb.log" 2>&1 </dev/null &
  echo $! >"$dir/ferretdb.pid"
  wait_for_port "$port" "$dir/ferretdb.log"
  echo "mongodb://127.0.0.1:$port/"
}

end() {
  local dir=$1 mode=$2
  [[ ! -f $dir/ferretdb.pid ]] || kill -KILL "$(cat "$dir/ferretdb.pid")" 2>/dev/null || true
  rm -f "$dir/ferretdb.pid"
  postgres pg_ctl -D "$(data_of "$dir")" -m "$mode" -w -s stop
}

case ${1:-} in
  install) install ;;
  is-installed) is_installed ;;
  start) start "${2:?DIR}" "${3:?PORT}" ;;
  crash) end "${2:?DIR}" immediate ;;
  stop)
    end "${2:?DIR}" fast
    rm -rf "${debian:?}$(data_of "$2")" "$2"
    ;;
  help | -h | --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
