// What stands around every page: where one can go, who is signed in, which theme.
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { leave, type Place, usePlace } from "../location";
import { isDemo, serverVersion } from "../server";
import type { Session } from "../services/usage.service";
import { signOut } from "../session/token";
import { Mark } from "./icons";
import { PlaceLink } from "./PlaceLink";
import css from "./Shell.module.css";
import { ThemeButton } from "./ThemeButton";

export function Shell({ session, children }: { session: Session | undefined; children: ReactNode }) {
  const place = usePlace();
  const client = useQueryClient();
  return (
    <>
      <a className={css.skip} href="#main">
        Skip to the numbers
      </a>
      {isDemo() && (
        <aside className={css.demo} aria-label="About this demo">
          <strong>Demo.</strong> Its users and answers are make-believe.
        </aside>
      )}
      <div className={css.shell}>
        <header className={css.header}>
          <PlaceLink className={css.brand} to={{ view: "all", userId: "", days: place.days }}>
            <Mark /> Tallygate
          </PlaceLink>
          {session?.is_admin && <Navigation place={place} />}
          <div className={`${css.account} screen-only`}>
            {session && (
              <span className={css.who} title={session.user_id}>
                <span className="hidden-text">Signed in as </span>
                <bdi>{session.user_id}</bdi>
              </span>
            )}
            <ThemeButton />
            <button
              type="button"
              className="button"
              onClick={() => {
                client.clear();
                leave();
                signOut();
              }}
            >
              Sign out
            </button>
          </div>
        </header>
        {children}
        <footer className={`quiet ${css.footer}`}>
          <span>Tallygate {serverVersion()}</span>
          <span>Days and times are UTC</span>
          <a className="screen-only" href="openapi.json">
            API
          </a>
          <a className="screen-only" href="licenses.md">
            Licences
          </a>
        </footer>
      </div>
    </>
  );
}

function Navigation({ place }: { place: Place }) {
  return (
    <nav aria-label="Views" className={`${css.navigation} screen-only`}>
      <PlaceLink to={{ view: "all", userId: "", days: place.days }} current={place.view === "all"}>
        All users
      </PlaceLink>
      <PlaceLink to={{ view: "me", userId: "", days: place.days }} current={place.view === "me"}>
        My usage
      </PlaceLink>
    </nav>
  );
}
