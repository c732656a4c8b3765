import { type FormEvent, useState } from "react";

import { countOf, formatCount, formatPercent } from "../format";
import { goTo } from "../location";
import type { TopUser } from "../services/usage.service";
import css from "./Leaderboard.module.css";
import { levelOf } from "./limit";
import { Meter } from "./Meter";
import { PlaceLink } from "./PlaceLink";

/** The users with the most tokens of the period, each with the share of the monthly limit that is used. */
export function Leaderboard({ users, days }: { users: readonly TopUser[]; days: number }) {
  return (
    <table className={css.table}>
      <caption className="hidden-text">Top users by tokens</caption>
      <thead>
        <tr>
          <th scope="col">User</th>
          <th scope="col" className={`number ${css.wide}`}>
            Operations
          </th>
          <th scope="col" className={`number ${css.wide}`}>
            Tokens
          </th>
          <th scope="col" className={css.share}>
            This month's limit
          </th>
        </tr>
      </thead>
      <tbody>
        {users.map((user, index) => (
          <tr key={user.user_id}>
            <th scope="row">
              <span className={css.user}>
                <span className={css.rank}>{index + 1}</span>
                <span className={css.name}>
                  <PlaceLink to={{ view: "user", userId: user.user_id, days }} title={user.user_id}>
                    <bdi>{user.user_id}</bdi>
                  </PlaceLink>
                  <span className="quiet">{user.subscription_tier}</span>
                  <span className={`quiet ${css.narrow}`}>
                    {countOf(user.tokens, "token")}, {countOf(user.operations, "operation")}
                  </span>
                </span>
              </span>
            </th>
            <td className={`number ${css.wide}`}>{formatCount(user.operations)}</td>
            <td className={`number ${css.wide}`}>{formatCount(user.tokens)}</td>
            <td className={css.share}>
              <ShareOfLimit user={user} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ShareOfLimit({ user }: { user: TopUser }) {
  if (user.subscription_limit === null || user.usage_percentage === null) {
    return <span className="quiet">No limit</span>;
  }
  const level = levelOf(user.usage_percentage);
  return (
    <>
      <span className={css.percentage}>
        <data value={String(user.usage_percentage)}>{formatPercent(user.usage_percentage)}</data>
        <span className="quiet">
          {level === "over" ? "over the limit" : `of ${formatCount(user.subscription_limit)}`}
        </span>
      </span>
      <Meter percentage={user.usage_percentage} level={level} />
    </>
  );
}

/** Leads to any user's page, also of one who is not among the top. */
export function UserLookup({ days }: { days: number }) {
  const [userId, setUserId] = useState("");
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (userId.trim() !== "") goTo({ view: "user", userId: userId.trim(), days });
  }
  return (
    <search className={`${css.search} screen-only`}>
      <form className={css.lookup} onSubmit={onSubmit}>
        <input
          className="field"
          type="search"
          aria-label="User id"
          placeholder="User id"
          autoComplete="off"
          spellCheck={false}
          value={userId}
          onChange={(event) => setUserId(event.target.value)}
        />
        <button type="submit" className="button">
          Look up
        </button>
      </form>
    </search>
  );
}
