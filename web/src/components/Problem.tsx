// What went wrong, in words that help: what was asked for, why it failed, and what to do.
import { UsageApiError, UsageConnectionError, UsageTimeoutError } from "../services/usage.service";
import css from "./Problem.module.css";

interface Explanation {
  readonly title: string;
  readonly detail: string;
  readonly requestId?: string | undefined;
  readonly isHopeless?: boolean; // asking again gives the same
}

export function explain(error: unknown): Explanation {
  if (error instanceof UsageApiError) {
    return { title: error.title, detail: asSentence(error.detail), requestId: error.requestId ?? undefined };
  }
  if (error instanceof UsageTimeoutError) {
    return { title: "No answer", detail: "Tallygate did not answer in time." };
  }
  if (error instanceof UsageConnectionError) {
    return { title: "Tallygate cannot be reached", detail: "Tallygate cannot be reached; is it running?" };
  }
  const detail = asSentence(error instanceof Error ? error.message : String(error));
  return { title: "Something went wrong", detail, isHopeless: error instanceof TypeError };
}

function asSentence(text: string): string {
  const trimmed = text.trim();
  const sentence = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

export function Problem({ error, retry }: { error: unknown; retry: () => void }) {
  const { title, detail, requestId, isHopeless } = explain(error);
  return (
    <div role="alert" className={css.problem}>
      <h2>{title}</h2>
      <p>{detail}</p>
      {requestId && (
        <p className="quiet">
          Request <code>{requestId}</code>
        </p>
      )}
      {!isHopeless && (
        <button type="button" className="button" onClick={retry}>
          Retry
        </button>
      )}
    </div>
  );
}
