// The answers of the usage API, by the names that their users know. They come from openapi.yaml, never from here.
import type { components } from "./api.gen";

type Schemas = components["schemas"];

/** One user over a period. `usage_percentage` and `subscription_limit` are null where the tier has no limit. */
export type UserUsage = Schemas["UserUsage"];
/** All users together over a period. */
export type GlobalUsage = Schemas["GlobalUsage"];
/** The last hour of the node that answered. */
export type RealtimeStats = Schemas["Realtime"];
/** The state of the node that answered, and its last hour without anybody's name. */
export type Health = Schemas["Health"];

/** Who a token is. */
export type Session = Schemas["Session"];

/** Operations and tokens by UTC day; the keys are days such as "2026-11-24". */
export type DailyUsage = Schemas["DailyUsage"];
/** Operations by name. */
export type CountByName = Schemas["CountByName"];
export type RecentOperation = UserUsage["recent_operations"][number];
export type RealtimeOperation = RealtimeStats["recent_operations"][number];
export type HealthOperation = Health["usage"]["recent_operations"][number];
export type TopUser = GlobalUsage["top_users"][number];

/** What the server says of a request that it did not serve (RFC 9457). */
export type Problem = Schemas["Problem"];
/** The codes that this version knows; a newer server may send others. */
export type ProblemCode = Schemas["ProblemCode"];
