// For administrators: what one user has used.
import { Loading } from "../src/components/Loading";
import { Page } from "../src/components/Page";
import { PlaceLink } from "../src/components/PlaceLink";
import { Problem } from "../src/components/Problem";
import { UserPanel } from "../src/components/UserPanel";
import { usePlace } from "../src/location";
import { useLiveQuery } from "../src/queries/live";
import { queries } from "../src/queries/queries";

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
      answers={[user]}
    >
      {user.data ? (
        <UserPanel
          usage={user.data}
          owner="this user's"
          asOf={user.dataUpdatedAt}
          busy={user.isPlaceholderData}
        />
      ) : user.isError ? (
        <Problem error={user.error} retry={() => void user.refetch()} />
      ) : (
        <Loading what="this user's usage" />
      )}
    </Page>
  );
}
