import "./styles/base.css";

import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { explain } from "./components/Problem";
import { serverAddress } from "./server";
import { UsageApiError, usageService } from "./services/usage.service";
import { currentToken, restoreSession, signOut, takeTokenFromFragment } from "./session/token";

const client = new QueryClient({
  queryCache: new QueryCache({
    // The server no longer takes the token: sign in again, and know why.
    onError: (error) => {
      if (error instanceof UsageApiError && error.status === 401 && currentToken() !== null) {
        client.clear();
        signOut(explain(error).detail);
      }
    },
  }),
  // The usage service tries again itself. "always": also where the browser believes that it is offline, since the server
  // may be on this machine.
  defaultOptions: { queries: { retry: false, networkMode: "always" } },
});

usageService.configure({ baseUrl: serverAddress(), getToken: currentToken });
restoreSession();
// A sign-in link opened in a tab that shows the dashboard already.
addEventListener("hashchange", () => {
  if (takeTokenFromFragment()) client.clear();
});
// After an update of the server an open tab asks for a file that is gone.
addEventListener("vite:preloadError", () => location.reload());

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
