// The other modules of the runtime are loaded when they are needed.

/**
 * @param {string} name
 * @returns {Promise<any>}
 */
export const load = (name) => import(new URL(name + ".js", import.meta.url).href);
