import type { IncomingMessage } from "node:http";

/** A target that is a whole URL: its authority and its path (RFC 9112, section 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^?]*)/i;

/** The path that a request asks for, without its query; empty for a target that has none, such as `*`. */
export const pathOf = ({ url = "" }: IncomingMessage): string => {
  if (url.startsWith("/")) return url.split("?", 1)[0] ?? "";
  const absolute = ABSOLUTE.exec(url);
  return absolute ? absolute[2] || "/" : "";
};

/** Whom a request means: the authority of its target, which overrides the Host header, else that header. */
export const authorityOf = ({ url = "", headers }: IncomingMessage): string =>
  (url.startsWith("/") ? undefined : ABSOLUTE.exec(url)?.[1]) ?? headers.host ?? "";
