/* A stand-in for @forge/resolver. */
export default class Resolver {
  constructor() {
    this.functions = new Map();
  }

  define(key, run) {
    this.functions.set(key, run);
    return this;
  }

  getDefinitions() {
    return async ({ call, context }) => {
      const run = this.functions.get(call.functionKey);
      if (!run) throw new Error(`Resolver has no definition for '${call.functionKey}'.`);
      return run({ payload: call.payload ?? {}, context });
    };
  }
}
