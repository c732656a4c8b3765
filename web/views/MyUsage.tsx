// For everyone: what I have used, and how much is left.
import { Loading } from "../src/components/Loading";
import { Page } from "../src/components/Page";
import { Problem } from "../src/components/Problem";
import { UserPanel } from "../src/components/UserPanel";
import { usePlace } from "../src/location";
import { useLiveQuery } from "../src/queries/live";
import { queries } from "../src/queries/queries";

export function MyUsage() {
  const { days } = usePlace();
  const mine = useLiveQuery(queries.mine(days));
  return (
    <Page title="My usage" name="My usage" about={`The last ${days} days`} answers={[mine]}>
      {mine.data ? (
        <UserPanel usage={mine.data} owner="your" asOf={mine.dataUpdatedAt} busy={mine.isPlaceholderData} />
      ) : mine.isError ? (
        <Problem error={mine.error} retry={() => void mine.refetch()} />
      ) : (
        <Loading what="your usage" />
      )}
    </Page>
  );
}
