import type { AnyTool } from "../../core/tool.ts";
import type { LfxApi } from "../api.ts";

export const COMMITTEE_WRITE_TOOLS: readonly AnyTool<LfxApi>[] = [];
