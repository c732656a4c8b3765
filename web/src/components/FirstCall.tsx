// What stands where numbers will be: why there are none, and the command that makes the first one.
import { useRef, useState } from "react";

import { serverAddress } from "../server";
import css from "./FirstCall.module.css";

export function FirstCall({ why }: { why: string }) {
  const text = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  const command = [
    `curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\`,
    `  -d '{"message":"hello"}' ${serverAddress()}/ai/chat`,
  ].join("\n");

  async function copy() {
    try {
      await navigator.clipboard.writeText(command);
      setCopied(true);
    } catch {
      // No clipboard without https, or not allowed: marked, it is one key away.
      if (text.current) getSelection()?.selectAllChildren(text.current);
    }
  }
  return (
    <div className={css.empty}>
      <p>{why} Make a call, and it is counted here:</p>
      <pre>
        <code ref={text}>{command}</code>
      </pre>
      <button type="button" className="button screen-only" onClick={() => void copy()}>
        {copied ? "Copied" : "Copy"}
      </button>
      <p className="quiet">
        <code>$TOKEN</code> is a token of your application's. What <code>tallygate token --user ID</code>{" "}
        prints is taken, too, but never passed on: your application sees <code>X-Tallygate-User</code> alone.
      </p>
    </div>
  );
}
