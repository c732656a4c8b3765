// Refreshes what is on the page every 30 seconds: not while the tab is hidden or the user has paused it, and at once
// when the tab is seen again.
import { type DefaultError, type QueryKey, type UseQueryOptions, useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

export const REFRESH_MS = 30_000;

interface Live {
  readonly paused: boolean;
  setPaused(paused: boolean): void;
}

const LiveContext = createContext<Live>({ paused: false, setPaused: () => undefined });

export function LiveProvider({ children }: { children: ReactNode }) {
  const [paused, setPaused] = useState(false);
  const live = useMemo(() => ({ paused, setPaused }), [paused]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  return useContext(LiveContext);
}

/** An answer that is asked for again and again. */
export interface LiveAnswer<Answer = unknown> {
  readonly data: Answer | undefined;
  /** The data is of another period, until that of this one is there. */
  readonly isStandIn: boolean;
  /** When the data came, by this machine's clock; 0 as long as none did. */
  readonly cameAt: number;
  /** Why the newest attempt failed. Without any data it stays while the next attempt is under way. */
  readonly problem: Error | null;
  readonly ask: () => void;
}

export function useLiveQuery<Answer, Key extends QueryKey>(
  options: UseQueryOptions<Answer, DefaultError, Answer, Key>,
): LiveAnswer<Answer> {
  const { paused } = useLive();
  const { data, error, dataUpdatedAt, isPlaceholderData, isFetching, refetch } = useQuery({
    ...options,
    refetchInterval: paused ? false : REFRESH_MS,
    refetchOnWindowFocus: !paused,
  });
  // What stands in for an answer is as old as it was; useQuery() says 0.
  const [cameAt, setCameAt] = useState(0);
  if (dataUpdatedAt > 0 && dataUpdatedAt !== cameAt) setCameAt(dataUpdatedAt);
  // useQuery() forgets why it failed as soon as it tries again.
  const [failure, setFailure] = useState<Error | null>(null);
  const lasting = error ?? (data === undefined && isFetching ? failure : null);
  if (lasting !== failure) setFailure(lasting);
  return {
    data,
    isStandIn: isPlaceholderData,
    cameAt: data === undefined ? 0 : isPlaceholderData ? cameAt : dataUpdatedAt,
    problem: lasting,
    ask: () => void refetch(),
  };
}
