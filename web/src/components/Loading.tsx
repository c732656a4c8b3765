import css from "./Loading.module.css";

/** Stands in for a page until its first numbers are there; later refreshes never show it. */
export function Loading({ what }: { what: string }) {
  return (
    <div role="status" className={css.loading}>
      <span className="hidden-text">Loading {what}</span>
      <div className={css.tiles} />
      <div className={css.chart} />
    </div>
  );
}
