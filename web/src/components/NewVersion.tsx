import { serverVersion } from "../server";
import css from "./NewVersion.module.css";

/** Offers to load the page anew where the server has become another version since. */
export function NewVersion({ version }: { version: string | undefined }) {
  const isFilledIn = !serverVersion().includes("@"); // it is not where Vite serves the page
  if (version === undefined || !isFilledIn || version === serverVersion()) return null;
  return (
    <div className={`${css.notice} screen-only`}>
      <p>
        The server is version {version} now, this page is of {serverVersion()}.
      </p>
      <button type="button" className="button" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  );
}
