// For administrators: what all users have used, and what happens now.
import { useState } from "react";

import { BarTable } from "../src/charts/BarTable";
import { DailyChart } from "../src/charts/DailyChart";
import type { Metric } from "../src/charts/daily";
import { Card } from "../src/components/Card";
import { FirstCall } from "../src/components/FirstCall";
import { Leaderboard, UserLookup } from "../src/components/Leaderboard";
import { Loading } from "../src/components/Loading";
import { METRICS } from "../src/components/metrics";
import { NewVersion } from "../src/components/NewVersion";
import { Page } from "../src/components/Page";
import { Problem } from "../src/components/Problem";
import { compact, periodTiles } from "../src/components/periodTiles";
import { RecentOperations } from "../src/components/RecentOperations";
import { RightNow } from "../src/components/RightNow";
import { Segmented } from "../src/components/Segmented";
import { type Tile, Tiles } from "../src/components/Tiles";
import { formatAverage, formatCount, formatOperation } from "../src/format";
import { usePlace } from "../src/location";
import { useLiveQuery } from "../src/queries/live";
import { queries } from "../src/queries/queries";
import type { GlobalUsage } from "../src/services/usage.service";
import css from "./Admin.module.css";

const TOP = 10;
const TOP_MORE = 100;

export function Admin() {
  const { days } = usePlace();
  const [top, setTop] = useState(TOP);
  const health = useLiveQuery(queries.health());
  const realtime = useLiveQuery(queries.realtime());
  const global = useLiveQuery(queries.global(days, top));
  return (
    <Page
      title="All users"
      name="All users"
      about={`The last ${global.data?.period_days ?? days} days`}
      parts={[
        { name: "The last hour", answer: realtime, explainsItself: true },
        { name: "Health", answer: health, explainsItself: false },
        { name: "The totals", answer: global, explainsItself: true },
      ]}
    >
      <NewVersion version={health.data?.version} />
      {realtime.data ? (
        <RightNow realtime={realtime.data} health={health.data} healthIsOld={health.problem !== null} />
      ) : (
        realtime.problem && <Problem error={realtime.problem} retry={realtime.ask} />
      )}
      {global.data ? (
        <Overview usage={global.data} busy={global.isStandIn} top={top} setTop={setTop} />
      ) : global.problem ? (
        <Problem error={global.problem} retry={global.ask} />
      ) : (
        <Loading what="the usage of all users" />
      )}
      {realtime.data && realtime.data.recent_operations.length > 0 && (
        <Card title="Recent operations">
          <RecentOperations
            operations={realtime.data.recent_operations}
            asOf={Date.parse(realtime.data.as_of)}
            days={days}
          />
        </Card>
      )}
    </Page>
  );
}

interface OverviewProps {
  usage: GlobalUsage;
  busy: boolean;
  top: number;
  setTop(top: number): void;
}

function Overview({ usage, busy, top, setTop }: OverviewProps) {
  const [metric, setMetric] = useState<Metric>("operations");
  if (usage.total_operations === 0) {
    return (
      <Card title="Nothing yet" busy={busy}>
        <FirstCall why={`Nobody has made a call in the last ${usage.period_days} days.`} />
      </Card>
    );
  }
  return (
    <>
      <Tiles
        label={`The last ${usage.period_days} days`}
        tiles={periodTiles(usage, [usersTile(usage)])}
        busy={busy}
      />
      <Card
        title="Daily activity"
        busy={busy}
        aside={<Segmented label="Show by day" options={METRICS} value={metric} onChange={setMetric} />}
      >
        <DailyChart usage={usage.daily_usage} metric={metric} />
      </Card>
      <div className={css.pair}>
        <ByName usage={usage} busy={busy} />
        <Card title="Top users" busy={busy} aside={<UserLookup days={usage.period_days} />}>
          <Leaderboard users={usage.top_users} days={usage.period_days} />
          {(usage.top_users.length < usage.unique_users || top > TOP) && (
            <p className={css.rest}>
              <span className="quiet">
                The top {formatCount(usage.top_users.length)} of {formatCount(usage.unique_users)}, by tokens
              </span>
              <button
                type="button"
                className="button screen-only"
                onClick={() => setTop(top === TOP ? TOP_MORE : TOP)}
              >
                {top === TOP
                  ? `Show ${usage.unique_users > TOP_MORE ? `the top ${TOP_MORE}` : "all"}`
                  : `Show the top ${TOP}`}
              </button>
            </p>
          )}
        </Card>
      </div>
    </>
  );
}

const NAMES = [
  { value: "type", label: "By type" },
  { value: "endpoint", label: "By endpoint" },
] as const;

function ByName({ usage, busy }: { usage: GlobalUsage; busy: boolean }) {
  const [by, setBy] = useState<(typeof NAMES)[number]["value"]>("type");
  return (
    <Card
      title={by === "type" ? "Operations by type" : "Operations by endpoint"}
      busy={busy}
      aside={<Segmented label="Count operations" options={NAMES} value={by} onChange={setBy} />}
    >
      {by === "type" ? (
        <BarTable
          caption="Operations by type"
          noun="Type"
          counts={usage.operations_by_type}
          nameOf={formatOperation}
        />
      ) : (
        <BarTable caption="Operations by endpoint" noun="Endpoint" counts={usage.operations_by_endpoint} />
      )}
    </Card>
  );
}

function usersTile(usage: GlobalUsage): Tile {
  return {
    label: "Users",
    value: usage.unique_users,
    shown: compact(usage.unique_users),
    note: `${formatAverage(usage.total_operations, usage.unique_users)} operations on average`,
  };
}
