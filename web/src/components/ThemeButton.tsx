import { type ReactNode, useState } from "react";

import { MoonIcon, SunIcon, SystemIcon } from "./icons";

// The same key as in theme.js, which sets the choice before the first paint.
const KEY = "tallygate.theme";
const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const ICONS: Record<Theme, ReactNode> = { system: <SystemIcon />, light: <SunIcon />, dark: <MoonIcon /> };

function chosen(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}

function choose(theme: Theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // No storage: it holds until the page is left.
  }
}

/** Goes round: as the system has it, light, dark. */
export function ThemeButton() {
  const [theme, setTheme] = useState(chosen);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme;
  return (
    <button
      type="button"
      className="button plain"
      title={`Theme: ${theme}`}
      aria-label={`Theme: ${theme}; change to ${next}`}
      onClick={() => {
        choose(next);
        setTheme(next);
      }}
    >
      {ICONS[theme]}
    </button>
  );
}
