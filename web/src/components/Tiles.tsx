// The few numbers that matter most, in one row.
import type { ReactNode } from "react";

import css from "./Tiles.module.css";

export interface Tile {
  readonly label: string;
  readonly value: number; // as the API says it
  readonly shown: string;
  readonly note?: ReactNode;
}

export function Tiles({
  label,
  tiles,
  busy = false,
}: {
  label: string;
  tiles: readonly Tile[];
  busy?: boolean;
}) {
  return (
    <section aria-label={label} aria-busy={busy}>
      <dl className={css.tiles}>
        {tiles.map((tile) => (
          <div key={tile.label} className={css.tile}>
            <dt>{tile.label}</dt>
            <dd className={css.figure}>
              <data value={String(tile.value)}>{tile.shown}</data>
            </dd>
            {tile.note !== undefined && <dd className={css.note}>{tile.note}</dd>}
          </div>
        ))}
      </dl>
    </section>
  );
}
