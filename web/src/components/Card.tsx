import { type ReactNode, useId } from "react";

import css from "./Card.module.css";

interface Props {
  title: string;
  aside?: ReactNode; // controls at the right of the title
  busy?: boolean; // shows what stands in for the numbers that are on their way
  children: ReactNode;
}

/** A titled part of a page. */
export function Card({ title, aside, busy = false, children }: Props) {
  const id = useId();
  return (
    <section className={css.card} aria-labelledby={id} aria-busy={busy}>
      <div className={css.head}>
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
