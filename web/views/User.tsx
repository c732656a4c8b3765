// For administrators: what one user has used.
import { UserLookup } from "../src/components/Leaderboard";
import { Loading } from "../src/components/Loading";
import { Page } from "../src/components/Page";
import { PlaceLink } from "../src/components/PlaceLink";
import { Problem } from "../src/components/Problem";
import { UserPanel } from "../src/components/UserPanel";
import { usePlace } from "../src/location";
import { useLiveQuery } from "../src/queries/live";
import { queries } from "../src/queries/queries";
import { serverTimeAt } from "../src/server";

export function User() {
  const { userId, days } = usePlace();
  const user = useLiveQuery(queries.user(userId, days));
  return (
    <Page
      title={<bdi>{userId}</bdi>}
      name={userId}
      about={
        <>
          <PlaceLink to={{ view: "all", userId: "", days }}>All users</PlaceLink> · one user, the last {days}{" "}
          days
        </>
      }
      parts={[{ name: "The numbers", answer: user, explainsItself: true }]}
    >
      <UserLookup days={days} />
      {user.data ? (
        <UserPanel
          usage={user.data}
          owner="this user's"
          asOf={serverTimeAt(user.cameAt)}
          busy={user.isStandIn}
        />
      ) : user.problem ? (
        <Problem error={user.problem} retry={user.ask} />
      ) : (
        <Loading what="this user's usage" />
      )}
    </Page>
  );
}
