/** Origin, path and query of an address without credentials and fragment. */
const ADDRESS = /^(https?:\/\/[^/?#@\\\s]+)([^?#\\\s]*)(\?[^#\\\s]*)?$/i;

/**
 * A resource's address in the one form in which it is compared: scheme and host in lower case, no default port, no
 * slash at the end of the path (RFC 3986, section 6.2; RFC 8707, section 2). The rest of the path stays as written.
 * @returns undefined for what is no address of a resource
 */
export const canonicalResource = (text: string): string | undefined => {
  const [, origin = "", path = "", query = ""] = ADDRESS.exec(text) ?? [];
  return URL.canParse(origin) ? `${new URL(origin).origin}${path.replace(/\/$/, "")}${query}` : undefined;
};
