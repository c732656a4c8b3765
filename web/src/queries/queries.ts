// What the pages ask the server, one function for each question: the key, and how it is answered.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { usageService } from "../services/usage.service";

export const queries = {
  session: () =>
    queryOptions({
      queryKey: ["session"],
      queryFn: ({ signal }) => usageService.getSession({ signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  health: () =>
    queryOptions({
      queryKey: ["health"],
      queryFn: ({ signal }) => usageService.getHealth({ signal }),
    }),
  realtime: () =>
    queryOptions({
      queryKey: ["realtime"],
      queryFn: ({ signal }) => usageService.getRealtimeStats({ signal }),
    }),
  global: (days: number, top: number) =>
    queryOptions({
      queryKey: ["global", days, top],
      queryFn: ({ signal }) => usageService.getGlobalUsage(days, { top, signal }),
      placeholderData: keepPreviousData,
    }),
  mine: (days: number) =>
    queryOptions({
      queryKey: ["mine", days],
      queryFn: ({ signal }) => usageService.getMyUsage(days, { signal }),
      placeholderData: keepPreviousData,
    }),
  user: (userId: string, days: number) =>
    queryOptions({
      queryKey: ["user", userId, days],
      queryFn: ({ signal }) => usageService.getUserUsage(userId, days, { signal }),
      // Another period of the same user may stand in; another user never does.
      placeholderData: (previous) => (previous?.user_id === userId ? previous : undefined),
    }),
};
