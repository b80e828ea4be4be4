/** What the functions and actions of the bookshop do. */
export const operations = {
  async Cheapest({ entities, parameters }) {
    return entities(`$orderby=Price/Amount&$top=${parameters.count}&$select=Isbn`);
  },

  async Sell({ bound, path, parameters, update, refuse }) {
    const left = bound.Stock - parameters.copies;
    if (left < 0) refuse(`There are ${bound.Stock} copies of '${bound.Title}', not ${parameters.copies}.`, { status: 409, target: "copies" });
    return update(path, { Stock: left });
  },
};
