import { formatCount, formatMilliseconds, formatMoment, formatOperation } from "../format";
import { PlaceLink } from "./PlaceLink";
import css from "./RecentOperations.module.css";

interface Operation {
  readonly operation_type: string;
  readonly tokens_used: number;
  readonly success: boolean;
  readonly response_time_ms: number;
  readonly timestamp: string;
  readonly user_id?: string;
  readonly endpoint?: string;
}

interface Props {
  operations: readonly Operation[];
  asOf: number; // when they came in: what day is "today"
  days: number; // of the links to users
}

/** The newest operations, newest first: whose they were, or where they went. */
export function RecentOperations({ operations, asOf, days }: Props) {
  const withUsers = operations.some((operation) => operation.user_id !== undefined);
  return (
    <table className={css.table}>
      <caption className="hidden-text">Recent operations, newest first; times are UTC</caption>
      <thead>
        <tr>
          <th scope="col" className={css.time}>
            Time (UTC)
          </th>
          <th scope="col">{withUsers ? "User" : "Operation"}</th>
          {withUsers && (
            <th scope="col" className={css.wide}>
              Operation
            </th>
          )}
          <th scope="col" className="number">
            Tokens
          </th>
          <th scope="col" className={`number ${css.wide}`}>
            Response time
          </th>
          <th scope="col" className={css.result}>
            Result
          </th>
        </tr>
      </thead>
      <tbody>
        {keyed(operations).map(({ key, operation }) => (
          <tr key={key}>
            <td className={css.time}>
              <time dateTime={operation.timestamp}>{formatMoment(operation.timestamp, asOf)}</time>
            </td>
            <td>
              {operation.user_id === undefined ? (
                <>
                  <span className={css.clip}>{formatOperation(operation.operation_type)}</span>
                  <span className={`quiet ${css.clip} ${css.small}`}>{operation.endpoint}</span>
                </>
              ) : (
                <>
                  <PlaceLink
                    className={`${css.clip} ${css.user}`}
                    to={{ view: "user", userId: operation.user_id, days }}
                    title={operation.user_id}
                  >
                    <bdi>{operation.user_id}</bdi>
                  </PlaceLink>
                  <span className={`quiet ${css.narrow} ${css.small}`}>
                    {formatOperation(operation.operation_type)}
                  </span>
                </>
              )}
            </td>
            {withUsers && <td className={css.wide}>{formatOperation(operation.operation_type)}</td>}
            <td className="number">{formatCount(operation.tokens_used)}</td>
            <td className={`number ${css.wide}`}>{formatMilliseconds(operation.response_time_ms)}</td>
            <td className={css.result} data-success={operation.success}>
              {operation.success ? "Success" : "Failed"}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A key for each, the same at the next refresh: operations have no id here, and two may be alike. */
function keyed(operations: readonly Operation[]) {
  const seen = new Map<string, number>();
  return operations
    .toReversed()
    .map((operation) => {
      const name = `${operation.timestamp} ${operation.user_id} ${operation.operation_type}`;
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      return { key: `${name} ${times}`, operation };
    })
    .toReversed();
}
