/** Imported first, in the page and in its workers: from here on nobody's data can change what every object is. */
Object.freeze(Object.prototype);
Object.freeze(Array.prototype);
