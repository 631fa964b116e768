/** Who is calling, as far as the heart needs to know: what they may do. */
export type Caller = {
  /** The scopes and claims that were verified for this caller; `"all"` where the transport itself is the trust (stdio). */
  readonly grants: ReadonlySet<string> | "all";
  /** Who that is, in the platform's own verified terms; the heart only hands it on. */
  readonly identity?: Readonly<Record<string, string>>;
};

/** What a tool asks of its caller: one of `anyOf`, and every one of `allOf`. */
export type Access = {
  readonly anyOf: readonly string[];
  readonly allOf?: readonly string[];
  /** What a caller who lacks it can do, where that is not to reconnect and grant it. */
  readonly advice?: string;
};

/** The local user, who started the program and holds its credentials. */
export const LOCAL_CALLER: Caller = { grants: "all" };

/** The grants that `access` asks for and `caller` lacks; empty when the caller may pass. */
export const missingGrants = (access: Access, caller: Caller): readonly string[] => {
  const { grants } = caller;
  if (grants === "all") return [];
  const lacking = (access.allOf ?? []).filter((grant) => !grants.has(grant));
  const served = access.anyOf.length === 0 || access.anyOf.some((grant) => grants.has(grant));
  return served ? lacking : [...access.anyOf.slice(0, 1), ...lacking];
};
