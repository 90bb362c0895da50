//! What contracts say, at one block: tokens, EntryPoint, factory, SmartSession, policies, pool.

use alloy_primitives::aliases::{U24, U160, U192};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use futures_util::future::try_join;

use super::asker::Reply;
use super::{BlockTag, Node, RpcError};
use crate::contracts::abi::{
    IERC20, IEntryPoint, INexusFactory, IQuoterV2, ISmartSession, ITimeFramePolicy, IUniActionPolicy,
    IUniswapV3Pool, IUsageLimitPolicy,
};
use crate::contracts::{
    ENTRY_POINT, NEXUS_FACTORY, SMART_SESSION, TIME_FRAME_POLICY, UNI_ACTION_POLICY, USAGE_LIMIT_POLICY,
};
use crate::units::{TokenAmount, UnixSecs};

/// What an address has put into the EntryPoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Wei that operations may spend.
    pub deposit: U256,
    /// Whether it is staked; bundlers want that of factories (ERC-7562, STO-022).
    pub is_staked: bool,
}

/// How often a permission was used. Both are zero before it is enabled, and stale after it was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Operations granted.
    pub limit: u128,
    /// Operations used up.
    pub used: u128,
}

/// The pool's price and depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Square root of token1 per token0 in raw units, times 2^96; `venue` makes a price of it.
    pub sqrt_price_x96: U160,
    /// Liquidity in range.
    pub liquidity: u128,
}

impl Node {
    /// ERC-20 `balanceOf`.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn token_balance(&self, token: Address, holder: Address, at: BlockTag) -> Reply<'_, TokenAmount> {
        self.view_as(token, &IERC20::balanceOfCall { account: holder }, at, TokenAmount)
    }

    /// ERC-20 `allowance`.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn allowance(
        &self,
        token: Address,
        owner: Address,
        spender: Address,
        at: BlockTag,
    ) -> Reply<'_, TokenAmount> {
        self.view_as(token, &IERC20::allowanceCall { owner, spender }, at, TokenAmount)
    }

    /// The next nonce of `sender` on the lane `key`: key and sequence, as an operation carries it.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn operation_nonce(&self, sender: Address, key: U192, at: BlockTag) -> Reply<'_, U256> {
        self.view(ENTRY_POINT, &IEntryPoint::getNonceCall { sender, key }, at)
    }

    /// Deposit and stake of `address` in the EntryPoint.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn deposit(&self, address: Address, at: BlockTag) -> Reply<'_, Deposit> {
        let call = IEntryPoint::getDepositInfoCall { account: address };
        self.view_as(ENTRY_POINT, &call, at, |info| Deposit { deposit: info.deposit, is_staked: info.staked })
    }

    /// The EntryPoint's own hash of an operation.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn operation_hash(&self, packed: IEntryPoint::PackedUserOperation, at: BlockTag) -> Reply<'_, B256> {
        self.view(ENTRY_POINT, &IEntryPoint::getUserOpHashCall { userOp: packed }, at)
    }

    /// Where the factory would put the account that `init_data` and `salt` describe.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn account_address(&self, init_data: Bytes, salt: B256, at: BlockTag) -> Reply<'_, Address> {
        let call = INexusFactory::computeAccountAddressCall { initData: init_data, salt };
        self.view(NEXUS_FACTORY, &call, at)
    }

    /// Whether the permission is enabled. It stays true after the end in time: compare that with block time.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn is_permission_enabled(&self, permission: B256, account: Address, at: BlockTag) -> Reply<'_, bool> {
        let call = ISmartSession::isPermissionEnabledCall { permissionId: permission, account };
        self.view(SMART_SESSION, &call, at)
    }

    /// The nonce that a signature enabling `permission` must carry; it moves when one is used or revoked.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn enable_nonce(&self, permission: B256, account: Address, at: BlockTag) -> Reply<'_, U256> {
        let call = ISmartSession::getNonceCall { permissionId: permission, account };
        self.view(SMART_SESSION, &call, at)
    }

    /// The contract's digest of a session for signing (mode ENABLE).
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn session_digest(
        &self,
        permission: B256,
        account: Address,
        session: ISmartSession::Session,
        at: BlockTag,
    ) -> Reply<'_, B256> {
        /// `SmartSessionMode.ENABLE`.
        const ENABLE: u8 = 1;
        let call = ISmartSession::getSessionDigestCall {
            permissionId: permission,
            account,
            data: session,
            mode: ENABLE,
        };
        self.view(SMART_SESSION, &call, at)
    }

    /// Every permission that is enabled for the account, by whomever.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn permission_ids(&self, account: Address, at: BlockTag) -> Reply<'_, Vec<B256>> {
        self.view(SMART_SESSION, &ISmartSession::getPermissionIDsCall { account }, at)
    }

    /// The last second of the permission whose userOp-policy id is `id`; zero when nothing is configured.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn valid_until(&self, id: B256, account: Address, at: BlockTag) -> Reply<'_, UnixSecs> {
        let call = ITimeFramePolicy::getTimeFrameConfigCall {
            id,
            multiplexer: SMART_SESSION,
            smartAccount: account,
        };
        self.view_as(TIME_FRAME_POLICY, &call, at, |packed| UnixSecs((packed >> 48_usize).saturating_to()))
    }

    /// Uses of the permission whose userOp-policy id is `id`.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn usage(&self, id: B256, account: Address, at: BlockTag) -> Result<Usage, RpcError> {
        let (multiplexer, account) = (SMART_SESSION, account);
        let limit = IUsageLimitPolicy::getUsageLimitCall { id, multiplexer, smartAccount: account };
        let used = IUsageLimitPolicy::getUsedCall { id, multiplexer, smartAccount: account };
        let reads =
            try_join(self.view(USAGE_LIMIT_POLICY, &limit, at), self.view(USAGE_LIMIT_POLICY, &used, at));
        let (limit, used) = reads.await?;
        Ok(Usage { limit, used })
    }

    /// The raw argument rules of the action whose policy id is `id`, with what was used up of their budgets.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn action_config(
        &self,
        id: B256,
        account: Address,
        at: BlockTag,
    ) -> Reply<'_, IUniActionPolicy::ActionConfig> {
        let call =
            IUniActionPolicy::actionConfigsCall { id, multiplexer: SMART_SESSION, smartAccount: account };
        self.view(UNI_ACTION_POLICY, &call, at)
    }

    /// Price and depth of a Uniswap V3 pool.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn pool_state(&self, pool: Address, at: BlockTag) -> Result<PoolState, RpcError> {
        let (slot0, liquidity) = try_join(
            self.view(pool, &IUniswapV3Pool::slot0Call {}, at),
            self.view(pool, &IUniswapV3Pool::liquidityCall {}, at),
        )
        .await?;
        Ok(PoolState { sqrt_price_x96: slot0.sqrtPriceX96, liquidity })
    }

    /// What the pool would give for `amount_in`, by its own arithmetic.
    ///
    /// # Errors
    /// [`RpcError`]; a pool that cannot fill it is a [`RpcError::Reverted`].
    pub fn quote(
        &self,
        quoter: Address,
        token_in: Address,
        token_out: Address,
        fee: u32,
        amount_in: TokenAmount,
        at: BlockTag,
    ) -> Reply<'_, TokenAmount> {
        let params = IQuoterV2::QuoteExactInputSingleParams {
            tokenIn: token_in,
            tokenOut: token_out,
            amountIn: amount_in.0,
            fee: U24::saturating_from(fee),
            sqrtPriceLimitX96: U160::ZERO,
        };
        let call = IQuoterV2::quoteExactInputSingleCall { params };
        self.view_as(quoter, &call, at, |quote| TokenAmount(quote.amountOut))
    }

    /// Whether `call` of `target` would run through if `from` made it now; the error tells why not.
    ///
    /// # Errors
    /// [`RpcError::Reverted`] with the reason, and every other [`RpcError`].
    pub fn simulate<C: SolCall>(
        &self,
        from: Address,
        target: Address,
        call: &C,
        at: BlockTag,
    ) -> Reply<'_, Bytes> {
        self.call_from(Some(from), target, &call.abi_encode(), at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::ScriptedTransport;
    use crate::rpc::testing::block_on;
    use serde_json::json;
    use std::rc::Rc;

    fn node(answers: &[Vec<u8>]) -> (Rc<ScriptedTransport>, Node) {
        let script = Rc::new(ScriptedTransport::default());
        for answer in answers {
            script.expect("eth_call", Ok(json!(Bytes::copy_from_slice(answer))));
        }
        let node = Node::new(Rc::<ScriptedTransport>::clone(&script), "node");
        (script, node)
    }

    fn words(values: &[u128]) -> Vec<u8> {
        values.iter().flat_map(|value| U256::from(*value).to_be_bytes::<32>()).collect()
    }

    #[test]
    fn reads_ask_the_right_contract_with_the_right_selector() {
        let account = Address::repeat_byte(9);
        let check = |script: &ScriptedTransport, to: Address, selector: &str| {
            let (_, params) = script.asked().remove(0);
            assert_eq!(params[0]["to"], json!(to));
            assert!(params[0]["data"].as_str().is_some_and(|data| data.starts_with(selector)), "{params}");
        };
        let (script, reader) = node(&[words(&[1])]);
        assert_eq!(block_on(reader.is_permission_enabled(B256::ZERO, account, BlockTag::Latest)), Ok(true));
        check(&script, SMART_SESSION, "0xadbc532f");
        let (script, reader) = node(&[words(&[4])]);
        assert_eq!(block_on(reader.enable_nonce(B256::ZERO, account, BlockTag::Latest)), Ok(U256::from(4)));
        check(&script, SMART_SESSION, "0x795f9269");
        let (script, reader) = node(&[words(&[0x6b04_a1e5 << 48])]);
        assert_eq!(
            block_on(reader.valid_until(B256::ZERO, account, BlockTag::Latest)),
            Ok(UnixSecs(0x6b04_a1e5))
        );
        check(&script, TIME_FRAME_POLICY, "0x60feedad");
        let (script, reader) = node(&[words(&[20]), words(&[3])]);
        assert_eq!(
            block_on(reader.usage(B256::ZERO, account, BlockTag::Latest)),
            Ok(Usage { limit: 20, used: 3 })
        );
        check(&script, USAGE_LIMIT_POLICY, "0x59eac90d");
        let (script, reader) = node(&[words(&[7, 1, 8, 9, 10])]);
        assert_eq!(
            block_on(reader.deposit(account, BlockTag::Latest)),
            Ok(Deposit { deposit: U256::from(7), is_staked: true })
        );
        check(&script, ENTRY_POINT, "0x5287ce12");
    }

    #[test]
    fn a_pools_state_has_price_and_depth() {
        let (_, reader) = node(&[words(&[1 << 96, 0, 0, 1, 1, 0, 1]), words(&[55])]);
        let state = block_on(reader.pool_state(Address::ZERO, BlockTag::Latest)).expect("a pool");
        assert_eq!((state.sqrt_price_x96, state.liquidity), (U160::from(1_u128 << 96), 55));
        let (_, reader) = node(&[words(&[1 << 96, 0, 0, 1, 1, 0, 2]), words(&[55])]);
        assert!(block_on(reader.pool_state(Address::ZERO, BlockTag::Latest)).is_err(), "a bool of 2");
    }

    #[test]
    fn a_quote_is_the_first_word() {
        let (script, reader) = node(&[words(&[99, 1, 2, 3])]);
        let (base, quote) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let amount = TokenAmount::from_raw(5);
        let quoted = block_on(reader.quote(Address::ZERO, base, quote, 500, amount, BlockTag::Number(3)));
        assert_eq!(quoted, Ok(TokenAmount::from_raw(99)));
        assert_eq!(script.asked()[0].1[1], json!("0x3"));
    }
}
