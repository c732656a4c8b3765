// How fresh the numbers of a page are, and what to do about it: refresh now, pause, try again.
import { useEffect, useLayoutEffect, useRef, useState } from "react";

import { formatClock } from "../format";
import { type LiveAnswer, REFRESH_MS, useLive } from "../queries/live";
import { serverTimeAt } from "../server";
import css from "./Freshness.module.css";
import { PauseIcon, PlayIcon, RefreshIcon } from "./icons";
import { explain } from "./Problem";

/** A part of the page, and what it shows. */
export interface Part {
  readonly name: string; // as in "The totals"
  readonly answer: LiveAnswer;
  /** It shows its problem itself as long as it has no numbers. */
  readonly explainsItself: boolean;
}

type Parts = readonly Part[];
type State = "live" | "paused" | "waiting" | "stale";

const WORDS: Record<State, string> = {
  live: "Live",
  paused: "Paused",
  waiting: "Waiting for numbers",
  stale: "Not refreshed",
};
const OLD_MS = 1.5 * REFRESH_MS;

/** When the oldest of the numbers that are there came; null where none are. */
function oldestOf(parts: Parts): number | null {
  const times = parts.map(({ answer }) => answer.cameAt).filter((time) => time > 0);
  return times.length === 0 ? null : Math.min(...times);
}

function stateOf(parts: Parts, paused: boolean, now: number): State {
  if (parts.some(({ answer }) => answer.problem)) return "stale";
  const oldest = oldestOf(parts);
  if (oldest === null || parts.some(({ answer }) => answer.isStandIn)) return "waiting";
  if (paused) return "paused";
  return now - oldest > OLD_MS ? "waiting" : "live";
}

function refresh(parts: Parts) {
  for (const { answer } of parts) answer.ask();
}

/** This machine's time, looked at every few seconds: enough to tell what is old. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const look = () => setNow(Date.now());
    const timer = setInterval(look, 5_000);
    document.addEventListener("visibilitychange", look); // timers rest while the tab is hidden
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return now;
}

export function Freshness({ parts }: { parts: Parts }) {
  const { paused, setPaused } = useLive();
  const now = useNow();
  const oldest = oldestOf(parts);
  const state = stateOf(parts, paused, now);
  return (
    <div className={css.freshness}>
      <span className={css.state} data-state={state}>
        <span className={`${css.dot} screen-only`} aria-hidden="true" />
        <span className="screen-only">{WORDS[state]}</span>
        {oldest !== null && (
          <span>
            as of{" "}
            <time dateTime={new Date(serverTimeAt(oldest)).toISOString()}>
              {formatClock(serverTimeAt(oldest))}
            </time>{" "}
            UTC
          </span>
        )}
      </span>
      <span className={`${css.controls} screen-only`}>
        <button type="button" className="button plain" onClick={() => refresh(parts)} title="Refresh now">
          <RefreshIcon />
          <span className="hidden-text">Refresh now</span>
        </button>
        <button
          type="button"
          className="button plain"
          onClick={() => {
            if (paused) refresh(parts);
            setPaused(!paused);
          }}
          title={paused ? `Refresh every ${REFRESH_MS / 1000} seconds` : "Pause refreshing"}
        >
          {paused ? <PlayIcon /> : <PauseIcon />}
          <span className="hidden-text">{paused ? "Resume refreshing" : "Pause refreshing"}</span>
        </button>
      </span>
    </div>
  );
}

/** Says politely which numbers are old or missing, and why. Always there, so that a screen reader hears of a change. */
export function StaleNotice({ parts }: { parts: Parts }) {
  const failed = parts.filter(
    ({ answer, explainsItself }) => answer.problem && (answer.cameAt > 0 || !explainsItself),
  );
  return (
    <div role="status">
      {failed.length > 0 && <Notice failed={failed} isAll={failed.length === parts.length} />}
    </div>
  );
}

function Notice({ failed, isAll }: { failed: Parts; isAll: boolean }) {
  const { paused } = useLive();
  const box = useRef<HTMLDivElement>(null);
  useKeptFocus(box);
  return (
    <div className={css.notice} ref={box}>
      <div>
        {sentencesOf(failed, isAll).map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        <p>{paused ? "Refreshing is paused." : `Trying again every ${REFRESH_MS / 1000} seconds.`}</p>
      </div>
      <button type="button" className="button screen-only" onClick={() => refresh(failed)}>
        Retry
      </button>
    </div>
  );
}

/** One for all of them where they share a cause, else one for each. */
function sentencesOf(failed: Parts, isAll: boolean): string[] {
  const said = failed.map(({ name, answer }) => ({
    name,
    came: answer.cameAt,
    detail: explain(answer.problem).detail,
  }));
  const [first] = said;
  const oldest = oldestOf(failed);
  if (isAll && oldest !== null && first && said.every(({ detail }) => detail === first.detail)) {
    return [`These numbers are as of ${formatClock(serverTimeAt(oldest))} UTC. ${first.detail}`];
  }
  return said.map(({ name, came, detail }) =>
    came > 0
      ? `${name}: as of ${formatClock(serverTimeAt(came))} UTC. ${detail}`
      : `${name}: not known. ${detail}`,
  );
}

/** Whoever pressed Retry finds the focus on the page's title once the notice is gone. */
function useKeptFocus(box: React.RefObject<HTMLElement | null>) {
  useLayoutEffect(() => {
    const element = box.current;
    return () => {
      if (element?.contains(document.activeElement)) document.querySelector<HTMLElement>("h1")?.focus();
    };
  }, [box]);
}
