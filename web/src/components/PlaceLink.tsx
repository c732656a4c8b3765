import type { MouseEvent, ReactNode } from "react";

import { goTo, hrefOf, type Place } from "../location";

interface Props {
  to: Place;
  current?: boolean;
  className?: string | undefined;
  title?: string;
  children: ReactNode;
}

/** A link to another view; opens in a new tab, too, as any link does. */
export function PlaceLink({ to, current = false, children, ...rest }: Props) {
  function onClick(event: MouseEvent) {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(to);
  }
  return (
    <a {...rest} href={hrefOf(to)} onClick={onClick} aria-current={current ? "page" : undefined}>
      {children}
    </a>
  );
}
