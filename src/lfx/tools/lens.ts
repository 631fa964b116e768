import type { AnyTool } from "../../core/tool.ts";
import type { LfxApi } from "../api.ts";

export const LENS_TOOLS: readonly AnyTool<LfxApi>[] = [];
