// Who is here, and what they may see.
import { useQuery } from "@tanstack/react-query";

import { Admin } from "../views/Admin";
import { MyUsage } from "../views/MyUsage";
import { User } from "../views/User";
import { Guard } from "./components/Guard";
import { Loading } from "./components/Loading";
import { Problem } from "./components/Problem";
import { Shell } from "./components/Shell";
import { usePlace } from "./location";
import { LiveProvider } from "./queries/live";
import { queries } from "./queries/queries";
import { SignIn } from "./session/SignIn";
import { useSession } from "./session/token";

export function App() {
  const { token, reason } = useSession();
  return token === null ? <SignIn reason={reason} /> : <SignedIn key={token} />;
}

function SignedIn() {
  const session = useQuery(queries.session());
  const { view, userId } = usePlace();
  // What the token does not open is not tried: everybody else lands on My usage.
  const allowed = session.data?.is_admin ? view : "me";
  return (
    <Shell session={session.data}>
      {session.data ? (
        <LiveProvider>
          <Guard key={`${allowed} ${userId}`}>
            {allowed === "me" ? <MyUsage /> : allowed === "user" ? <User /> : <Admin />}
          </Guard>
        </LiveProvider>
      ) : (
        <main id="main">
          {session.isError ? (
            <Problem error={session.error} retry={() => void session.refetch()} />
          ) : (
            <Loading what="the dashboard" />
          )}
        </main>
      )}
    </Shell>
  );
}
