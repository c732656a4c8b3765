// The client of Tallygate's usage API, for browsers and Node 20 and later. No dependencies.
import type { GlobalUsage, Health, RealtimeStats, Session, UserUsage } from "./usage_answers";
import { parseObject, UsageApiError, UsageConnectionError, UsageTimeoutError } from "./usage_errors";
import { formatDailyUsageForChart, formatNumber, formatOperationsByType } from "./usage_format";

export type * from "./usage_answers";
export { UsageApiError, UsageConnectionError, UsageError, UsageTimeoutError } from "./usage_errors";
export {
  type DailyPoint,
  formatDailyUsageForChart,
  formatNumber,
  formatOperationsByType,
  type TypeCount,
} from "./usage_format";

export interface UsageServiceConfig {
  /**
   * Where Tallygate is: "https://api.example.com", or with a path. Left out: the origin of the page. A relative one counts
   * from the page, so it needs a browser (or a `fetch` that can do with it).
   */
  baseUrl?: string | undefined;
  /**
   * Gives the caller's token, asked anew for every attempt; without one the request goes out without. What it throws
   * reaches the caller.
   */
  getToken?: (() => string | null | undefined | Promise<string | null | undefined>) | undefined;
  /** Instead of the global one. */
  fetch?: typeof globalThis.fetch | undefined;
  /** For one attempt, its body included; 0 for no limit. 30 000 by default. */
  timeoutMs?: number | undefined;
  /** How often a request is sent again; 2 by default. */
  maxRetries?: number | undefined;
}

export interface RequestOptions {
  /** Aborting it rejects with its reason, also while waiting to try again. */
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
}

export interface GlobalUsageOptions extends RequestOptions {
  /** How many users `top_users` lists; the server's default is 10. */
  top?: number | undefined;
}

interface Request extends RequestOptions {
  path: string;
  query?: Record<string, number | undefined>;
}

interface Answer {
  status: number;
  statusText: string;
  headers: Headers;
  body: string;
}

const RETRIED = [408, 429, 502, 503, 504];
const LONGEST_RETRY_AFTER_SECONDS = 60;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1; // setTimeout takes more for nothing

/**
 * Reads usage. Every method rejects with UsageApiError, UsageConnectionError or UsageTimeoutError, or with the reason of an
 * aborted signal; TypeError means that the service was given something it cannot use.
 *
 * A request that got no answer, or 408, 429, 502, 503 or 504, is sent again after the server's `Retry-After`, or else after
 * about half a second, a second, two and so on up to eight. A `Retry-After` beyond a minute fails at once, and the error's
 * `retryAfterSeconds` has it.
 *
 * Methods may be taken off the object: `const { getMyUsage } = usageService`.
 */
export class UsageService {
  #config: UsageServiceConfig = {};

  constructor(config: UsageServiceConfig = {}) {
    this.configure(config);
  }

  /** What is left out or undefined stays as it is. */
  readonly configure = (config: UsageServiceConfig): void => {
    const given = Object.entries(config).filter(([, value]) => value !== undefined);
    this.#config = { ...this.#config, ...Object.fromEntries(given) };
  };

  /** The caller's own usage over `days` UTC days, today included. */
  readonly getMyUsage = (days = 30, options: RequestOptions = {}): Promise<UserUsage> =>
    this.#read({ ...options, path: "/ai/usage/me", query: { days } });

  /**
   * Any user's usage, for administrators; a user nobody has heard of has zeros. The ids "." and ".." cannot be asked for:
   * every URL parser takes them for folders, however they are written.
   */
  readonly getUserUsage = async (
    userId: string,
    days = 30,
    options: RequestOptions = {},
  ): Promise<UserUsage> =>
    this.#read({ ...options, path: `/ai/usage/user/${pathSegment(userId)}`, query: { days } });

  /** The usage of all users together, for administrators. */
  readonly getGlobalUsage = (days = 30, options: GlobalUsageOptions = {}): Promise<GlobalUsage> =>
    this.#read({ ...options, path: "/ai/usage/global", query: { days, top: options.top } });

  /** The last hour of the node that answers, for administrators. */
  readonly getRealtimeStats = (options: RequestOptions = {}): Promise<RealtimeStats> =>
    this.#read({ ...options, path: "/ai/usage/realtime" });

  /** Who the bearer of the token is, and whether as an administrator. */
  readonly getSession = (options: RequestOptions = {}): Promise<Session> =>
    this.#read({ ...options, path: "/tallygate/session" });

  /** Needs no token and sends none. An unhealthy server (503) is an answer like any other, not an error. */
  readonly getHealth = async (options: RequestOptions = {}): Promise<Health> => {
    const request = { ...options, path: "/health" };
    return this.#withRetries(
      request,
      (status) => status !== 503,
      async () => {
        const answer = await this.#send(request, undefined);
        const isUnhealthy = answer.status === 503 && isHealth(parseObject(answer.body));
        return read<Health>(request, isUnhealthy ? { ...answer, status: 200 } : answer);
      },
    );
  };

  readonly formatNumber = formatNumber;
  readonly formatDailyUsageForChart = formatDailyUsageForChart;
  readonly formatOperationsByType = formatOperationsByType;

  async #read<T>(request: Request): Promise<T> {
    return this.#withRetries(
      request,
      () => true,
      async () => read<T>(request, await this.#send(request, this.#config.getToken)),
    );
  }

  async #withRetries<T>(
    { signal }: Request,
    mayRetry: (status: number) => boolean,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const retries = this.#config.maxRetries ?? 2;
    for (let done = 0; ; done += 1) {
      signal?.throwIfAborted();
      try {
        return await attempt();
      } catch (error) {
        const again = done < retries && (!(error instanceof UsageApiError) || mayRetry(error.status));
        const delay = again ? delayBefore(error, done) : undefined;
        if (delay === undefined) throw error;
        await sleep(delay, signal);
      }
    }
  }

  // One attempt, under its timeout and the caller's signal. Both also end a getToken or fetch that knows no signal.
  async #send(request: Request, getToken: UsageServiceConfig["getToken"]): Promise<Answer> {
    const { path, signal, timeoutMs = this.#config.timeoutMs ?? 30_000 } = request;
    const ended = new AbortController();
    const onAbort = () => ended.abort(signal?.reason);
    const onTimeout = () => ended.abort(new UsageTimeoutError(`GET ${path}`, timeoutMs));
    const timer =
      timeoutMs > 0 && timeoutMs <= LONGEST_TIMER_MS ? setTimeout(onTimeout, timeoutMs) : undefined;
    signal?.addEventListener("abort", onAbort);
    try {
      return await untilAborted(this.#exchange(request, getToken, ended.signal), ended.signal);
    } catch (error) {
      throw ended.signal.aborted ? ended.signal.reason : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async #exchange(
    request: Request,
    getToken: UsageServiceConfig["getToken"],
    signal: AbortSignal,
  ): Promise<Answer> {
    const url = this.#urlOf(request);
    const headers = {
      Accept: "application/json, application/problem+json",
      ...authorization(await getToken?.()),
    };
    const fetch = this.#config.fetch ?? globalThis.fetch; // a browser's refuses to be called as a method
    try {
      const response = await fetch(url, { headers, signal });
      const { status, statusText } = response;
      return { status, statusText, headers: response.headers, body: await response.text() };
    } catch (cause) {
      throw new UsageConnectionError(`GET ${request.path}: ${reasonOf(cause)}`, { cause });
    }
  }

  #urlOf({ path, query = {} }: Request): string {
    const { baseUrl = "", fetch } = this.#config;
    const isRelative = !/^https?:\/\//i.test(baseUrl);
    if (isRelative && fetch === undefined && globalThis.location === undefined) {
      throw new TypeError(
        `baseUrl is "${baseUrl}"; outside a browser it must be absolute, as in ` +
          'usageService.configure({ baseUrl: "http://127.0.0.1:8000" })',
      );
    }
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, `${value}`]],
    );
    const text = new URLSearchParams(given).toString();
    return `${baseUrl.replace(/\/+$/, "")}${path}${text && `?${text}`}`;
  }
}

/** The one that an application configures once and uses everywhere. */
export const usageService = new UsageService();

function read<T>({ path }: Request, answer: Answer): T {
  const value = answer.status === 200 ? parseObject(answer.body) : undefined;
  if (value === undefined) throw new UsageApiError({ request: `GET ${path}`, ...answer });
  return value as T;
}

// A problem's status is a number, and what stands between may say {"status":"error"}.
function isHealth(body: Record<string, unknown> | undefined): boolean {
  return typeof body?.status === "string" && "usage" in body;
}

function pathSegment(userId: string): string {
  const isFolder = userId === "." || userId === "..";
  if (userId === "" || isFolder || /\p{Surrogate}/u.test(userId)) {
    throw new TypeError(`userId is ${JSON.stringify(userId)}, which no URL can hold as a part of its path`);
  }
  return encodeURIComponent(userId);
}

// The check is ours because fetch's error would hold the token.
function authorization(given: string | null | undefined): Record<string, string> {
  const token = given?.trim();
  if (!token) return {};
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new TypeError(
      "the token of getToken holds characters that no header can: spaces, line breaks or non-ASCII",
    );
  }
  return { Authorization: `Bearer ${token}` };
}

// Node's fetch says "fetch failed" and hides the reason one level down.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return `${error.message} (${"code" in cause ? cause.code : cause.message})`;
}

// In milliseconds; undefined where trying again will not help.
function delayBefore(error: unknown, done: number): number | undefined {
  const isAnswer = error instanceof UsageApiError;
  if (isAnswer ? !RETRIED.includes(error.status) : !(error instanceof UsageConnectionError)) return undefined;
  const asked = isAnswer ? error.retryAfterSeconds : undefined;
  if (asked !== undefined) return asked > LONGEST_RETRY_AFTER_SECONDS ? undefined : asked * 1000;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** done) * (1 - Math.random() / 4);
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await (signal ? untilAborted(slept, signal) : slept);
  } finally {
    clearTimeout(timer);
  }
}

// The work's outcome, or the signal's reason as soon as it is aborted.
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
