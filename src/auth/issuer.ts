/** An authorization server's name without the slash at its end, which makes no difference. */
export const bareIssuer = (issuer: string): string => issuer.replace(/\/$/, "");
