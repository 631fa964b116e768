import type { AnyTool } from "../../core/tool.ts";
import type { LfxApi } from "../api.ts";

export const COMMITTEE_TOOLS: readonly AnyTool<LfxApi>[] = [];
