import { type ReactNode, useEffect, useRef } from "react";

import { goTo, PERIODS, usePlace } from "../location";
import { Freshness, type Part, StaleNotice } from "./Freshness";
import css from "./Page.module.css";
import { Segmented } from "./Segmented";

interface Props {
  title: ReactNode;
  name: string; // for the window's title
  about: ReactNode;
  parts: readonly Part[];
  children: ReactNode;
}

const PERIOD_OPTIONS = PERIODS.map((days) => ({ value: String(days), label: `${days} days` }));

/** A view: its title, the period, how fresh it is, and its parts one below the other. */
export function Page({ title, name, about, parts, children }: Props) {
  const place = usePlace();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${name} · Tallygate`;
  }, [name]);
  useFocusOnArrival(heading, `${place.view} ${place.userId}`);
  return (
    <main id="main" className={css.page}>
      <div>
        <div className={css.head}>
          <div className={css.title}>
            <h1 ref={heading} tabIndex={-1}>
              {title}
            </h1>
            <p className="quiet">{about}</p>
          </div>
          <div className={css.controls}>
            <Freshness parts={parts} />
            <Segmented
              label="Period"
              options={PERIOD_OPTIONS}
              value={String(place.days)}
              onChange={(days) => goTo({ ...place, days: Number(days) })}
            />
          </div>
        </div>
        <StaleNotice parts={parts} />
      </div>
      {children}
    </main>
  );
}

let arrivedAt: string | null = null;

/** Who followed a link finds the focus on the new page's title; who opened the dashboard keeps it where it was. */
function useFocusOnArrival(heading: React.RefObject<HTMLHeadingElement | null>, where: string) {
  useEffect(() => {
    if (arrivedAt !== null && arrivedAt !== where) {
      heading.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    arrivedAt = where;
  }, [heading, where]);
}
