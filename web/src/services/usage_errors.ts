// What the usage service throws. A caller's own abort is not here: it rejects with the signal's reason.
import type { Problem, ProblemCode } from "./usage_answers";

/** Every failure that a caller should expect. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** What an answer brought, as far as it makes an error. */
export interface FailedAnswer {
  /** The request, as in "GET /ai/usage/me". */
  request: string;
  status: number;
  statusText: string;
  headers: Headers;
  body: string;
}

/**
 * The server answered, and not with what was asked for. The message is the server's `detail`, which names the bad value and
 * how to mend it. Where something before the server answered (a proxy's HTML, nothing at all), `problem` and `code` are
 * undefined, and title and detail say what came.
 */
export class UsageApiError extends UsageError {
  override name = "UsageApiError";
  readonly status: number;
  /** Stable; switch on this one. */
  readonly code: ProblemCode | (string & {}) | undefined;
  readonly title: string;
  readonly detail: string;
  /** For the server's log. */
  readonly requestId: string | undefined;
  readonly problem: Problem | undefined;
  /** How long the server asks to wait. */
  readonly retryAfterSeconds: number | undefined;

  constructor(answer: FailedAnswer) {
    const problem = problemOf(answer.body);
    const title = problem?.title || answer.statusText || `HTTP ${answer.status}`;
    const detail = problem?.detail || describe(answer, title);
    super(detail);
    this.status = answer.status;
    this.code = problem?.code;
    this.title = title;
    this.detail = detail;
    this.requestId = problem?.request_id ?? answer.headers.get("X-Request-Id") ?? undefined;
    this.problem = problem;
    this.retryAfterSeconds = parseRetryAfter(answer.headers.get("Retry-After"));
  }
}

/** No answer, or not all of it: refused, cut, no such name, or held back by the browser (CORS). `cause` has fetch's error. */
export class UsageConnectionError extends UsageError {
  override name = "UsageConnectionError";
}

/** An attempt took longer than `timeoutMs`. */
export class UsageTimeoutError extends UsageError {
  override name = "UsageTimeoutError";
  readonly timeoutMs: number;

  constructor(request: string, timeoutMs: number) {
    super(`${request}: no answer within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** The JSON object in `text`; undefined where it holds anything else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function problemOf(body: string): Problem | undefined {
  const value = parseObject(body);
  const isProblem = typeof value?.code === "string" && typeof value.detail === "string";
  return isProblem ? (value as unknown as Problem) : undefined;
}

function describe({ request, status, headers, body }: FailedAnswer, title: string): string {
  const type = headers.get("Content-Type")?.split(";")[0]?.trim() || "no type";
  const statusLine = title.startsWith("HTTP ") ? title : `${status} ${title}`;
  const came = body.trim() === "" ? "an empty body" : `a body of ${type}`;
  return `${request}: ${statusLine} with ${came}, which is no answer of Tallygate's; look at baseUrl and at what stands between`;
}

// Seconds, or a date of RFC 9110. Date.parse() alone would take "-5" for a month of 2001.
function parseRetryAfter(value: string | null): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const at = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
