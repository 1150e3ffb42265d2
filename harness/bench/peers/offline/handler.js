// Counts the records that arrive; wire/offline_peer.py reads the count.
const fs = require('fs');

let seen = 0;
let batches = 0;
let first = 0;

module.exports.count = async (event) => {
  const now = Date.now();
  first = first || now;
  seen += event.Records.length;
  batches += 1;
  fs.writeFileSync(process.env.PROGRESS, JSON.stringify({ seen, batches, milliseconds: now - first }));
  return event;
};
