import { type FormEvent, useEffect, useRef, useState } from "react";

import { Mark } from "../components/icons";
import { isDemo, serverVersion } from "../server";
import css from "./SignIn.module.css";
import { cleanToken, looksLikeToken, signIn } from "./token";

/** The page of whoever has no token yet, or one that no longer holds: `reason` says why. */
export function SignIn({ reason }: { reason: string | null }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [mistake, setMistake] = useState<string | null>(null);
  const problem = mistake ?? reason;
  useEffect(() => {
    document.title = "Sign in · Tallygate";
    field.current?.focus();
  }, []);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const token = cleanToken(field.current?.value ?? "");
    if (token === "") setMistake("Paste a token first.");
    else if (!looksLikeToken(token))
      setMistake(
        "This is not a token: one has three parts joined by dots, like eyJhbGciOi….eyJzdWIiOi….c2lnbmF0….",
      );
    else signIn(token);
  }

  return (
    <main className={css.page}>
      <form className={css.form} onSubmit={onSubmit} noValidate>
        <div className={css.brand}>
          <Mark /> Tallygate
        </div>
        <h1>Sign in</h1>
        <div role="alert" id="token-problem">
          {problem && <p className={css.problem}>{problem}</p>}
        </div>
        <label htmlFor="token">Token</label>
        <textarea
          id="token"
          ref={field}
          className="field"
          rows={4}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          required
          aria-invalid={problem !== null}
          aria-describedby="token-problem token-hint"
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
        <p id="token-hint" className="quiet">
          A JSON Web Token of your application's, or one that{" "}
          <code>
            tallygate token --user ID --role admin
            {isDemo() && " --data tallygate-data/demo"}
          </code>{" "}
          prints{isDemo() && "; the demo printed a sign-in link when it started"}. It stays in this tab.
        </p>
        <button type="submit" className="button primary">
          Sign in
        </button>
      </form>
      <p className={`quiet ${css.version}`}>Tallygate {serverVersion()}</p>
    </main>
  );
}
