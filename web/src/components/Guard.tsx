import { Component, type ReactNode } from "react";

import { Problem } from "./Problem";

interface State {
  error: Error | null;
}

/** Shows what went wrong where a part cannot be drawn, instead of an empty page; Retry draws it anew. */
export class Guard extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const explained = new Error(
      `This page cannot show what the server answered (${error.message}). Is it of the server's version? Reload it`,
    );
    return <Problem error={explained} retry={() => this.setState({ error: null })} />;
  }
}
