// One user's usage: the month against the limit, and the period. What users see of themselves and administrators of anyone.
import { useState } from "react";

import { BarTable } from "../charts/BarTable";
import { DailyChart } from "../charts/DailyChart";
import type { Metric } from "../charts/daily";
import { formatCount, formatMilliseconds, formatOperation, formatShare } from "../format";
import { formatNumber, type UserUsage } from "../services/usage.service";
import { Card } from "./Card";
import { FirstCall } from "./FirstCall";
import { describeMonth, describeRest, levelOfMonth, shareOfMonth } from "./limit";
import { Meter } from "./Meter";
import { METRICS } from "./metrics";
import { RecentOperations } from "./RecentOperations";
import { Segmented } from "./Segmented";
import { type Tile, Tiles } from "./Tiles";
import css from "./UserPanel.module.css";

interface Props {
  usage: UserUsage;
  owner: "your" | "this user's";
  asOf: number;
  busy: boolean; // another period is on its way
}

export function UserPanel({ usage, owner, asOf, busy }: Props) {
  const [metric, setMetric] = useState<Metric>("tokens");
  const never = usage.most_recent_activity === null;
  return (
    <>
      <MonthCard usage={usage} owner={owner} />
      {never ? (
        <Card title="Nothing yet">
          {owner === "your" ? (
            <FirstCall why="You have made no calls so far." />
          ) : (
            <p>
              No call of a user with this id has been counted. Is it spelt as the application has it in its
              tokens?
            </p>
          )}
        </Card>
      ) : (
        <>
          <Tiles label={`The last ${usage.period_days} days`} tiles={tilesOf(usage)} busy={busy} />
          <Card
            title="Daily activity"
            busy={busy}
            aside={<Segmented label="Show by day" options={METRICS} value={metric} onChange={setMetric} />}
          >
            <DailyChart usage={usage.daily_usage} metric={metric} />
          </Card>
          <div className={css.pair}>
            <Card title="Operations by type" busy={busy}>
              {usage.total_operations === 0 ? (
                <p className="quiet">None in these {usage.period_days} days.</p>
              ) : (
                <BarTable
                  caption="Operations by type"
                  noun="Type"
                  counts={usage.operations_by_type}
                  nameOf={formatOperation}
                />
              )}
            </Card>
            <Card title="Recent activity">
              <RecentOperations operations={usage.recent_operations} asOf={asOf} days={usage.period_days} />
            </Card>
          </div>
        </>
      )}
    </>
  );
}

function MonthCard({ usage, owner }: { usage: UserUsage; owner: Props["owner"] }) {
  const { lead, rest } = describeMonth(usage, owner);
  const left = describeRest(usage);
  return (
    <Card title="This month" aside={<span className={css.tier}>{usage.subscription_tier}</span>}>
      <p className={css.sentence}>
        <strong>{lead}</strong> {rest}
      </p>
      {usage.subscription_limit !== null && (
        <>
          <Meter level={levelOfMonth(usage)} percentage={shareOfMonth(usage)} large />
          <p className={`quiet ${css.legend}`}>
            <span>
              <data value={String(usage.month_tokens)}>{formatCount(usage.month_tokens)}</data> used
            </span>
            {left && <span>{left}</span>}
          </p>
        </>
      )}
    </Card>
  );
}

function tilesOf(usage: UserUsage): Tile[] {
  return [
    {
      label: "Operations",
      value: usage.total_operations,
      shown: compact(usage.total_operations),
      note: `${formatCount(usage.failed_operations)} failed`,
    },
    {
      label: "Tokens",
      value: usage.total_tokens,
      shown: compact(usage.total_tokens),
      note: perOperation(usage.total_tokens, usage.total_operations),
    },
    {
      label: "Success rate",
      value: usage.success_rate,
      shown: formatShare(usage.successful_operations, usage.total_operations),
      note: `${formatCount(usage.successful_operations)} of ${formatCount(usage.total_operations)}`,
    },
    {
      label: "Response time",
      value: usage.avg_response_time_ms,
      shown: usage.total_operations === 0 ? "–" : formatMilliseconds(usage.avg_response_time_ms),
      note: "average",
    },
  ];
}

/** In full as long as it fits a tile. */
export function compact(value: number): string {
  return Math.abs(value) < 1_000_000 ? formatCount(value) : formatNumber(value);
}

export function perOperation(tokens: number, operations: number): string {
  return operations === 0
    ? "none per operation"
    : `${formatCount(Math.round(tokens / operations))} per operation`;
}
