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

export function useLiveQuery<Answer, Key extends QueryKey>(
  options: UseQueryOptions<Answer, DefaultError, Answer, Key>,
) {
  const { paused } = useLive();
  const answer = useQuery({
    ...options,
    refetchInterval: paused ? false : REFRESH_MS,
    refetchOnWindowFocus: !paused,
  });
  // What stands in for an answer is as old as it was; useQuery() says 0.
  const { dataUpdatedAt } = answer;
  const [cameAt, setCameAt] = useState(0);
  if (dataUpdatedAt > 0 && dataUpdatedAt !== cameAt) setCameAt(dataUpdatedAt);
  return answer.isPlaceholderData ? { ...answer, dataUpdatedAt: cameAt } : answer;
}
