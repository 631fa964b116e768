import { type Records, type Route, reader } from "./routes.ts";

/** The project service. */
export function projectRoutes(records: Records): readonly Route[] {
  return [
    { at: "GET /projects/:uuid", answer: reader(records, "project") },
    { at: "GET /projects/:uuid/settings", answer: reader(records, "project_settings") },
  ];
}
