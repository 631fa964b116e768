/** A person who signs in at an authorization server. */
export type Person = {
  /** The name to sign in with. */
  readonly login: string;
  /** Whether they consent to a scope. Default: to all. */
  readonly grants?: (scope: string) => boolean;
};

const MAX_STEPS = 10;

/** The form fields that the person submits on a page. */
function fillForm(page: string, { login, grants = () => true }: Person): URLSearchParams {
  if (page.includes('name="login"')) return new URLSearchParams({ login });
  const fields = new URLSearchParams({ consent: "yes" });
  for (const [, scope = ""] of page.matchAll(/name="scope" value="([^"]*)"/g)) {
    if (grants(scope)) fields.append("scope", scope);
  }
  return fields;
}

/**
 * Opens an authorization URL like a browser, with cookies, through login and consent.
 * @returns the redirect to the client, which is not requested
 */
export async function visit(authorization: URL, person: Person): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = authorization;
  let body: URLSearchParams | undefined;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie, accept: "text/html" },
      ...(body && { method: "POST", body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const page = await response.text();
    const location = response.headers.get("location");
    if (location === null && response.status !== 200) throw new Error(`${url.pathname}: ${page}`);
    body = location === null ? fillForm(page, person) : undefined;
    url = location === null ? url : new URL(location, url);
    if (url.origin !== authorization.origin) return url;
  }
  throw new Error(`too many pages at ${url.href}`);
}
