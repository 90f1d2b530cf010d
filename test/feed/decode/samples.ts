/** Frames as Binance sends them, by name; prices and quantities fit increments of 0.01 and 0.00001. */
export const SPOT_FRAMES: Readonly<Record<string, string>> = {
  trade:
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}',
  'trade with orders':
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":40756030,"p":"0.01000000","q":"33.82000000","b":133829535,"a":133829504,"T":1723161255340,"m":false,"M":true}}',
  aggTrade:
    '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1723161255343,"s":"BTCUSDT","a":26129,"p":"61837.63000000","q":"4.70443000","f":27781,"l":27781,"T":1723161255342,"m":true,"M":true}}',
  bookTicker:
    '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}',
  depth:
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63000000","0.00000000"],["61730.17000000","1.25000000"]],"a":[["61837.64000000","1.54698000"],["61839.85000000","0.00000000"],["61839.86000000","0.00000000"],["61845.11000000","0.32329000"]]}}',
  'bare trade':
    '{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":false,"M":true}',
  'bare bookTicker':
    '{"u":50093239212,"s":"BTCUSDT","b":"61837.63","B":"3.78826","a":"61837.64","A":"1.54698"}',
  'bare depth':
    '{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":157,"u":160,"b":[["0.02","10"]],"a":[["0.03","100"]]}',
  microseconds:
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343123,"s":"BTCUSDT","t":1,"p":"61837.63","q":"0.02","T":1723161255342456,"m":true,"M":true}}',
}

export const USDM_FRAMES: Readonly<Record<string, string>> = {
  trade:
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256321,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}',
  aggTrade:
    '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1723161256322,"a":164325,"s":"BTCUSDT","p":"61800.30","q":"0.123","f":1,"l":2,"T":1723161256321,"m":true}}',
  bookTicker:
    '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256315}}',
  depth:
    '{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"],["61496.50","0.010"],["61510.90","0.000"]],"a":[]}}',
}

/** One-message frames as Alpaca sends them, for symbols of 0.01 (crypto: 0.000001) and whole sizes. */
export const ALPACA_FRAMES: Readonly<Record<string, string>> = {
  trade:
    '[{"T":"t","S":"IBM","i":16,"x":"Q","p":179.1,"s":1000,"c":["@","F","T"],"z":"A","t":"2024-08-08T13:16:09.119Z"}]',
  quote:
    '[{"T":"q","S":"IBM","bx":"P","bp":179.01,"bs":2,"ax":"P","ap":179.24,"as":2,"c":["R"],"z":"A","t":"2024-08-08T13:16:52.593123456Z"}]',
  bar: '[{"T":"b","S":"IBM","o":179.05,"h":179.1,"l":179.02,"c":179.02,"v":2200,"n":6,"vw":179.025455,"t":"2024-08-08T13:12:00Z"}]',
  status:
    '[{"T":"s","S":"IBM","sc":"H","sm":"Trading Halt","rc":"T12","rm":"Halted","z":"A","t":"2024-08-08T16:16:19.549Z"}]',
  luld: '[{"T":"l","S":"IBM","u":189.26,"d":171.24,"i":"B","z":"A","t":"2024-08-08T16:16:19.549Z"}]',
  correction:
    '[{"T":"c","S":"IBM","x":"M","oi":5,"op":179.1,"os":100,"oc":["@"],"ci":6,"cp":179.2,"cs":90,"cc":["@"],"z":"A","t":"2024-08-08T16:16:19.549Z"}]',
  cancel:
    '[{"T":"x","S":"IBM","i":465,"x":"D","p":180.59,"s":1,"a":"C","z":"A","t":"2024-08-08T16:16:19.549Z"}]',
  several:
    '[{"T":"q","S":"IBM","bx":"P","bp":175,"bs":1,"ax":"P","ap":184.83,"as":1,"c":["R"],"z":"A","t":"2024-08-08T13:16:52Z"},{"T":"t","S":"IBM","i":17,"x":"B","p":179.34,"s":100,"c":["@"],"z":"A","t":"2024-08-08T13:16:52.5Z"}]',
}

export const MT5_FRAMES: Readonly<Record<string, string>> = {
  tick: '{"status":"CONNECTED","symbol":"EURUSD","timeframe":"TICK","data":[1723161230051,1.38700,1.38790]}',
  'fraction of a millisecond':
    '{"status":"CONNECTED","symbol":"EURUSD","timeframe":"TICK","data":[1723161200613.0668,1.29968,1.30161]}',
}
