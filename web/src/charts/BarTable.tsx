// Counts by name, most first, each with a bar: a table, so that it reads without seeing the bars.
import { useState } from "react";

import { formatCount, formatPercent } from "../format";
import { formatOperationsByType } from "../services/usage.service";
import css from "./BarTable.module.css";

const SHOWN = 12;

interface Props {
  caption: string;
  noun: string; // the heading of the names
  counts: Readonly<Record<string, number>>;
  nameOf?(name: string): string;
}

export function BarTable({ caption, noun, counts, nameOf = (name) => name }: Props) {
  const [all, setAll] = useState(false);
  const rows = formatOperationsByType(counts);
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const most = Math.max(1, ...rows.map((row) => row.count));
  return (
    <>
      <table className={css.table}>
        <caption className="hidden-text">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{noun}</th>
            <th scope="col" className="number">
              Operations
            </th>
            <th scope="col" className="number">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={row.type} className={!all && index >= SHOWN ? css.beyond : undefined}>
              <th scope="row">
                <bdi>{nameOf(row.type)}</bdi>
                <span className={css.track} aria-hidden="true">
                  <span className={css.bar} style={{ width: `${(100 * row.count) / most}%` }} />
                </span>
              </th>
              <td className="number">{formatCount(row.count)}</td>
              <td className="number quiet">{formatPercent((100 * row.count) / total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && (
        <button type="button" className={`button ${css.more} screen-only`} onClick={() => setAll(!all)}>
          {all ? `Show the top ${SHOWN}` : `Show all ${rows.length}`}
        </button>
      )}
    </>
  );
}
