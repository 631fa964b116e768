import type { Caller } from "../../../mcp/caller.ts";

/** Whom a call is made for, as verified from the access token. */
export type Identity = {
  readonly userId: string;
  readonly orgId: string;
  readonly clientId: string;
  readonly grantId: string;
};

/** @throws Error where the caller was not verified as somebody, which is a fault of the wiring */
export const identityOf = ({ identity }: Caller): Identity => {
  const { userId, orgId, clientId, grantId } = identity ?? {};
  if (!userId || !orgId || !clientId || !grantId) throw new Error("the caller has no verified identity");
  return { userId, orgId, clientId, grantId };
};
