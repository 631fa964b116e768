/** The address of `path` below `base`, whose own path stays in front of it. */
export const below = (base: URL, path: string): URL => {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, "")}${path}`;
  return url;
};
