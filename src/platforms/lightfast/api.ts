/** The operations that tools use: over REST API v1, or the app's endpoints. They return its JSON. @throws ToolError */
export type LightfastApi = {
  health(): Promise<unknown>;
  createSignal(input: string): Promise<unknown>;
  getSignal(id: string): Promise<unknown>;
};

/** What to list, from new to old. */
export type SignalQuery = {
  /** 1 to 100. */
  readonly limit: number;
  readonly statuses?: readonly string[] | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
};

/** The operations of REST API v1. */
export type RestApi = LightfastApi & { listSignals(query: SignalQuery): Promise<unknown> };
