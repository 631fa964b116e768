import type { AnyTool } from "../../core/tool.ts";
import type { LfxApi } from "../api.ts";

export const SEMANTIC_LAYER_TOOLS: readonly AnyTool<LfxApi>[] = [];
