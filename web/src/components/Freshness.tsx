// How fresh the numbers of a page are, and what to do about it: refresh now, pause, try again.
import type { UseQueryResult } from "@tanstack/react-query";

import { formatClock } from "../format";
import { REFRESH_MS, useLive } from "../queries/live";
import css from "./Freshness.module.css";
import { PauseIcon, PlayIcon, RefreshIcon } from "./icons";
import { explain } from "./Problem";

type Answers = readonly UseQueryResult<unknown>[];

/** When the oldest of the numbers came in, by this machine's clock; null as long as one of them never did. */
function asOf(answers: Answers): number | null {
  const times = answers.map((answer) => answer.dataUpdatedAt).filter((time) => time > 0);
  return times.length === 0 ? null : Math.min(...times);
}

function refresh(answers: Answers) {
  for (const answer of answers) void answer.refetch();
}

export function Freshness({ answers }: { answers: Answers }) {
  const { paused, setPaused } = useLive();
  const time = asOf(answers);
  const failed = answers.some((answer) => answer.isError);
  const state = failed ? "stale" : paused ? "paused" : "live";
  const words = { stale: "Not refreshed", paused: "Paused", live: "Live" }[state];
  return (
    <div className={css.freshness}>
      <span className={css.state} data-state={state}>
        <span className={css.dot} aria-hidden="true" />
        {words}
        {time !== null && (
          <span>
            as of <time dateTime={new Date(time).toISOString()}>{formatClock(time)}</time> UTC
          </span>
        )}
      </span>
      <span className={`${css.controls} screen-only`}>
        <button type="button" className="button plain" onClick={() => refresh(answers)} title="Refresh now">
          <RefreshIcon />
          <span className="hidden-text">Refresh now</span>
        </button>
        <button
          type="button"
          className="button plain"
          onClick={() => setPaused(!paused)}
          title={paused ? `Refresh every ${REFRESH_MS / 1000} seconds` : "Pause refreshing"}
        >
          {paused ? <PlayIcon /> : <PauseIcon />}
          <span className="hidden-text">{paused ? "Resume refreshing" : "Pause refreshing"}</span>
        </button>
      </span>
    </div>
  );
}

/** Says politely that numbers are old, and why; empty as long as all is well. */
export function StaleNotice({ answers }: { answers: Answers }) {
  const failed = answers.filter((answer) => answer.isError && answer.data !== undefined);
  const { paused } = useLive();
  const oldest = asOf(failed);
  return (
    <div role="status" className={css.slot}>
      {oldest !== null && (
        <div className={css.notice}>
          <p>
            These numbers are as of {formatClock(oldest)} UTC. {explain(failed[0]?.error).detail}{" "}
            {paused ? "Refreshing is paused." : `Trying again every ${REFRESH_MS / 1000} seconds.`}
          </p>
          <button type="button" className="button screen-only" onClick={() => refresh(answers)}>
            Retry
          </button>
        </div>
      )}
    </div>
  );
}
