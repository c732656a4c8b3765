// The last hour of this node, and whether it is well.
import { MinuteChart } from "../charts/MinuteChart";
import { formatCount, formatDuration, formatMilliseconds, formatPercent } from "../format";
import type { Health, RealtimeStats } from "../services/usage.service";
import { Card } from "./Card";
import css from "./RightNow.module.css";

// A few are always on their way from the journal into the store.
const MANY_PENDING = 100;

interface Props {
  realtime: RealtimeStats;
  health: Health | undefined;
  healthIsOld: boolean; // the newest question about it got no answer
}

export function RightNow({ realtime, health, healthIsOld }: Props) {
  const hour = realtime.last_hour;
  const rate = (100 * hour.successful_operations) / Math.max(1, hour.total_operations);
  const figures: [string, number, string][] = [
    ["Operations", hour.total_operations, formatCount(hour.total_operations)],
    ["Tokens", hour.total_tokens, formatCount(hour.total_tokens)],
    ["Active users", hour.active_users, formatCount(hour.active_users)],
    ["Success rate", rate, hour.total_operations === 0 ? "–" : formatPercent(rate)],
    [
      "Response time",
      hour.avg_response_time_ms,
      hour.total_operations === 0 ? "–" : formatMilliseconds(hour.avg_response_time_ms),
    ],
    ["In flight", realtime.in_flight, formatCount(realtime.in_flight)],
  ];
  return (
    <Card title="The last hour" aside={health && <HealthState health={health} isOld={healthIsOld} />}>
      <div className={css.content}>
        <dl className={css.figures}>
          {figures.map(([label, value, shown]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <data value={String(value)}>{shown}</data>
              </dd>
            </div>
          ))}
        </dl>
        <MinuteChart perMinute={realtime.operations_per_minute} asOf={realtime.as_of} />
      </div>
    </Card>
  );
}

function HealthState({ health, isOld }: { health: Health; isOld: boolean }) {
  const { store, journal } = health;
  if (isOld) {
    return (
      <p className={css.health}>
        <span className={css.state} data-status="unhealthy">
          <span className={css.dot} aria-hidden="true" />
          No answer
        </span>
      </p>
    );
  }
  const words = { healthy: "Healthy", degraded: "Degraded", unhealthy: "Unhealthy" }[health.status];
  return (
    <p className={css.health}>
      <span className={css.state} data-status={health.status}>
        <span className={css.dot} aria-hidden="true" />
        {words}
      </span>
      <span>
        {store.kind} {store.status}
      </span>
      <span>journal {journal.status}</span>
      {journal.pending_events >= MANY_PENDING && (
        <span>{formatCount(journal.pending_events)} events not in the store yet</span>
      )}
      <span>up {formatDuration(health.uptime_seconds)}</span>
    </p>
  );
}
