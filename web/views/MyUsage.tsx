// For everyone: what I have used, and how much is left.
import { Loading } from "../src/components/Loading";
import { Page } from "../src/components/Page";
import { Problem } from "../src/components/Problem";
import { UserPanel } from "../src/components/UserPanel";
import { usePlace } from "../src/location";
import { useLiveQuery } from "../src/queries/live";
import { queries } from "../src/queries/queries";
import { serverTimeAt } from "../src/server";

export function MyUsage() {
  const { days } = usePlace();
  const mine = useLiveQuery(queries.mine(days));
  return (
    <Page
      title="My usage"
      name="My usage"
      about={`The last ${mine.data?.period_days ?? days} days`}
      parts={[{ name: "The numbers", answer: mine, explainsItself: true }]}
    >
      {mine.data ? (
        <UserPanel usage={mine.data} owner="your" asOf={serverTimeAt(mine.cameAt)} busy={mine.isStandIn} />
      ) : mine.problem ? (
        <Problem error={mine.problem} retry={mine.ask} />
      ) : (
        <Loading what="your usage" />
      )}
    </Page>
  );
}
