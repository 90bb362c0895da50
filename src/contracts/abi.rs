//! ABIs as `sol!` declarations: the names and order of the deployed contracts.

mod account;
mod smart_session;
mod venue;

pub use account::{
    IAccount, IEntryPoint, IK1Validator, INexus, INexusBootstrap, INexusFactory, IPaymaster,
    ISingletonPaymaster,
};
pub use smart_session::{
    EnableSignature, ISmartSession, ITimeFramePolicy, IUniActionPolicy, IUsageLimitPolicy,
};
pub use venue::{IERC20, IQuoterV2, ISwapRouter02, IUniswapV3Pool};
