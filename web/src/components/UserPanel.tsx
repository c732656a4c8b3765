// One user's usage: the month against the limit, and the period. What users see of themselves and administrators of anyone.
import { useState } from "react";

import { BarTable } from "../charts/BarTable";
import { DailyChart } from "../charts/DailyChart";
import type { Metric } from "../charts/daily";
import { formatCount, formatOperation } from "../format";
import type { UserUsage } from "../services/usage.service";
import { Card } from "./Card";
import { FirstCall } from "./FirstCall";
import { describeMonth, describeRest, levelOfMonth, shareOfMonth } from "./limit";
import { Meter } from "./Meter";
import { METRICS } from "./metrics";
import { periodTiles } from "./periodTiles";
import { RecentOperations } from "./RecentOperations";
import { Segmented } from "./Segmented";
import { Tiles } from "./Tiles";
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
          <Tiles label={`The last ${usage.period_days} days`} tiles={periodTiles(usage)} busy={busy} />
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
