"""Peer row of the replay benchmark: NautilusTrader's backtest engine on the same ticks with the same rule.

Rule: SMA 50/200 over trade prices; long 0.01 BTC while the fast average is above the slow one, flat otherwise.
Reads the recorded Binance spot lines, builds quote and trade ticks, and prints one JSON line a run with the events,
orders and seconds of `engine.run()` alone (loading and tick building are outside the clock, as on our side).

Usage: nautilus.py RUNS FILE.gz [FILE.gz ...]
"""

import gzip
import json
import sys
import time
from collections import deque

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import QuoteTick, TradeTick
from nautilus_trader.model.enums import AccountType, AggressorSide, OmsType, OrderSide
from nautilus_trader.model.identifiers import TradeId, TraderId, Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

INSTRUMENT = TestInstrumentProvider.btcusdt_binance()
FAST, SLOW = 50, 200


class CrossConfig(StrategyConfig, frozen=True):
    pass


class Cross(Strategy):
    def __init__(self, config):
        super().__init__(config)
        self.fast, self.slow = deque(), deque()
        self.fast_sum = self.slow_sum = 0.0
        self.events = self.orders = self.position = 0

    def on_start(self):
        self.subscribe_quote_ticks(INSTRUMENT.id)
        self.subscribe_trade_ticks(INSTRUMENT.id)

    def on_quote_tick(self, tick):
        self.events += 1

    def on_trade_tick(self, tick):
        self.events += 1
        price = tick.price.as_double()
        self.fast.append(price)
        self.fast_sum += price
        if len(self.fast) > FAST:
            self.fast_sum -= self.fast.popleft()
        self.slow.append(price)
        self.slow_sum += price
        if len(self.slow) > SLOW:
            self.slow_sum -= self.slow.popleft()
        if len(self.slow) < SLOW:
            return
        want = 1 if self.fast_sum / FAST > self.slow_sum / SLOW else 0
        if want != self.position:
            self.position = want
            self.orders += 1
            side = OrderSide.BUY if want else OrderSide.SELL
            self.submit_order(self.order_factory.market(INSTRUMENT.id, side, Quantity.from_str("0.010000")))


def load(paths):
    ticks = []
    for path in paths:
        with gzip.open(path, "rt") as lines:
            for line in lines:
                received, _, text = line.partition(" ")
                ts, frame = int(received), json.loads(text)
                stream, data = frame.get("stream", ""), frame.get("data")
                if stream.endswith("@bookTicker"):
                    bid, ask = Price.from_str(data["b"][:-6]), Price.from_str(data["a"][:-6])
                    bid_qty, ask_qty = Quantity.from_str(data["B"][:-2]), Quantity.from_str(data["A"][:-2])
                    ticks.append(QuoteTick(INSTRUMENT.id, bid, ask, bid_qty, ask_qty, ts, ts))
                elif stream.endswith("@trade"):
                    aggressor = AggressorSide.SELLER if data["m"] else AggressorSide.BUYER
                    price, qty = Price.from_str(data["p"][:-6]), Quantity.from_str(data["q"][:-2])
                    ticks.append(TradeTick(INSTRUMENT.id, price, qty, aggressor, TradeId(str(data["t"])), ts, ts))
    return ticks


def main():
    runs, ticks = int(sys.argv[1]), load(sys.argv[2:])
    for _ in range(runs):
        logging = LoggingConfig(bypass_logging=True)
        engine = BacktestEngine(BacktestEngineConfig(trader_id=TraderId("B-1"), logging=logging))
        engine.add_venue(
            Venue("BINANCE"),
            oms_type=OmsType.NETTING,
            account_type=AccountType.CASH,
            base_currency=None,
            starting_balances=[Money(1_000_000, USDT), Money(10, BTC)],
        )
        engine.add_instrument(INSTRUMENT)
        engine.add_data(ticks)
        strategy = Cross(CrossConfig())
        engine.add_strategy(strategy)
        started = time.perf_counter()
        engine.run()
        seconds = time.perf_counter() - started
        print(json.dumps({"events": strategy.events, "orders": strategy.orders, "seconds": seconds}), flush=True)
        engine.dispose()


main()
