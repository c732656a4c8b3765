// A real server on a free port that answers as a test says, and remembers what it was asked.
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface FakeAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** An object becomes JSON. */
  body?: unknown;
}

/** "cut" ends the connection after half an answer, "silence" never answers. */
export type Behaviour = FakeAnswer | "cut" | "silence";

export interface FakeServer {
  url: string;
  requests: { target: string; headers: IncomingHttpHeaders }[];
}

/** Answers the requests in turn, and from then on with the last one. Ends with the test. */
export function serveInTurn(...answers: [Behaviour, ...Behaviour[]]): Promise<FakeServer> {
  let turn = 0;
  return serve(() => answers[Math.min(turn++, answers.length - 1)] ?? answers[0]);
}

/** Answers by target. Ends with the test. */
export async function serve(answerTo: (target: string) => Behaviour): Promise<FakeServer> {
  const requests: FakeServer["requests"] = [];
  const listener: RequestListener = (request, response) => {
    const target = request.url ?? "";
    requests.push({ target, headers: request.headers });
    const answer = answerTo(target);
    if (answer === "silence") return;
    if (answer === "cut") {
      response.writeHead(200, { "Content-Length": "1000" });
      response.write("{", () => request.socket.destroy());
      return;
    }
    const { status = 200, headers = {}, body = "" } = answer;
    const isText = typeof body === "string";
    response.writeHead(status, { ...(isText ? {} : { "Content-Type": "application/json" }), ...headers });
    response.end(isText ? body : JSON.stringify(body));
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** An address that refuses connections. */
export async function closedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
